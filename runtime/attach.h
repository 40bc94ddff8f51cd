/* What the kinds of attaching share. A kind is a function in a file attach-*.c and an entry of the table in attach.c. */
#ifndef TSBT_ATTACH_H
#define TSBT_ATTACH_H

#include "loader.h"

struct perf_event_attr;

/* Attaches one program to one place; 0, or a negative errno. Nothing stays attached after an error. */
typedef int attach_function(struct loader *loader, const struct manifest_attach *attach, int program_fd);

/* attach.c: closed when the run ends. */
void keep(struct loader *loader, int fd, uint64_t period_ns, int program_fd);

/* attach-perf.c */
int perf_open(struct perf_event_attr *attr, int pid, int cpu);
/* Gives an event its program through a link, with a cookie, and enables it. The link, or a negative errno. */
int perf_link(int event, int program_fd, uint64_t cookie);
attach_function attach_interval, attach_profile, attach_perf;

/* attach-tracepoint.c */
attach_function attach_tracepoint, attach_raw_tracepoint;

/* attach-kernel.c */
attach_function attach_kprobe, attach_kprobe_multi, attach_fentry, attach_iter;

/* attach-pmu.c */
int attach_by_pmu(struct loader *loader, const struct manifest_attach *attach, int program_fd, bool user);

/* attach-user.c */
attach_function attach_uprobe;

#endif
