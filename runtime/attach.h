/* What the kinds of attaching share. A kind is a function in a file attach-*.c and an entry of the table in attach.c. */
#ifndef TSBT_ATTACH_H
#define TSBT_ATTACH_H

#include <linux/bpf.h>

#include "loader.h"

struct perf_event_attr;

/*
 * Attaches one program to one place, or to all of one call; 0, or a negative errno. -ECANCELED: it has reported the
 * error itself, and the run ends.
 */
typedef int attach_function(struct loader *loader, const struct manifest_attach *attach, int program_fd);
/*
 * Attaches the first of `count` and as many after it as fit into the same link; how many were dealt with. It
 * counts what it attached itself. Errors as above.
 */
typedef long attach_many_function(struct loader *loader, const struct manifest_attach *attach, size_t count,
				    int program_fd);

/* attach.c: closed when the run ends. */
void keep(struct loader *loader, int fd, uint64_t period_ns, int program_fd);
/* Says what could not be attached, as config variable missing_probes wants it. True if the run goes on without it. */
bool attach_failed(const struct loader *loader, const char *name, int error);

/* attach-perf.c */
int perf_open(struct perf_event_attr *attr, int pid, int cpu);
/* Gives an event its program through a link, with a cookie, and enables it. The link, or a negative errno. */
int perf_link(int event, int program_fd, uint64_t cookie);
attach_function attach_interval, attach_profile, attach_perf;

/* attach-tracepoint.c */
attach_function attach_tracepoint, attach_raw_tracepoint;

/* attach-kernel.c */
attach_function attach_kprobe, attach_fentry, attach_iter;

/* attach-kprobe-multi.c */
attach_function attach_kprobe_multi;
/* What programs for this attach point are loaded and linked as. */
enum bpf_attach_type kprobe_multi_attach_type(const struct manifest_attach *attach);

/* attach-pmu.c: a place for a probe, given to the kernel without names in tracefs. */
struct pmu_probe {
	const char *pmu;    /* kprobe, uprobe */
	const char *name;   /* function or file */
	uint64_t offset;
	uint64_t semaphore; /* file offset of a counter of listeners, 0: none */
	bool is_return;
	int pid;            /* -1: all */
	uint64_t cookie;
};
int attach_by_pmu(struct loader *loader, const struct pmu_probe *probe, int program_fd);

/* attach-user.c */
attach_many_function attach_uprobes;
/* The process a user probe watches; -1: all. */
int watched_pid(const struct loader *loader, const struct manifest_attach *attach);

/* attach-watchpoint.c */
attach_function attach_watchpoint;
/* Ends the watchpoints on an address. */
void unwatch(struct loader *loader, uint64_t address);

#endif
