/* One object, opened and loaded, and all that runs with it. */
#ifndef TSBT_LOADER_H
#define TSBT_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "manifest.h"
#include "options.h"
#include "output.h"
#include "values.h"

struct bpf_map;
struct bpf_object;
struct bpf_program;
struct ring_buffer;
struct unwind;

/* A map of the script, bound to its descriptor. */
struct loaded_map {
	const struct manifest_map *manifest;
	int fd;
	uint32_t key_size, value_size; /* of the kernel's map */
	uint32_t max_entries;
	bool zeroed; /* keyless, set, and then set to zero */
};

struct attached {
	int fd;                 /* link or perf event; -1 if none */
	uint64_t period_ns;     /* interval: its timer is fd */
	int program_fd;
	bool is_iterator;       /* fd is to be read once, to its end */
	uint64_t watched;       /* address of a watchpoint, else 0 */
};

struct child {
	pid_t pid;
	int start_fd; /* closing it lets the command begin */
	int pid_fd;
	int error_fd; /* errno of a failed exec */
};

struct loader {
	const struct options *options;
	struct manifest *manifest;
	struct bpf_object *object;
	struct loaded_map *maps;
	struct values values;
	struct output output;
	struct attached *attached;
	size_t attached_count, attached_room;
	size_t probe_count;
	struct child child;
	struct unwind *unwind; /* NULL: no stack is walked by unwind tables */
	int cpus;
	bool uprobe_multi; /* one link for many user probes */
	int counters_fd;
	bool *told; /* of each failure */
	uint64_t lost_reported;
	uint64_t dropped;     /* events that came too late to be printed */
	uint64_t deadline_ns; /* of draining */
	bool late;
	uint32_t turn; /* events handled since the loop last looked elsewhere */
	uint64_t taken; /* bytes of those events */
	bool exit_requested;
	bool iterating; /* an iterator goes over its objects: exit() does not stop it, and they print to the last */
	bool ending; /* detached: what still comes is from `end` */
	int exit_code;
	uint64_t error_count; /* errorf() and failed helpers that were reported */
};

/* object.c */
/* Section `.tsbt` alone, with no word to libbpf; reports and returns false. object_open begins with it. */
bool object_read_manifest(struct loader *loader, const uint8_t *bytes, size_t length);
/* Checks the object and its manifest and opens it with libbpf; reports and returns false. */
bool object_open(struct loader *loader, const uint8_t *bytes, size_t length);
struct bpf_map *object_map(const struct loader *loader, const char *symbol);
/* object-load.c: creates the maps and loads the programs. */
bool object_load(struct loader *loader);
void object_close(struct loader *loader);
/* Descriptor of a map by its symbol, -1 if there is none. */
int object_map_fd(const struct loader *loader, const char *symbol);
int object_program_fd(const struct loader *loader, const char *name);

/* attach-user.c */
/* Attach type of programs for uprobe_multi links; 0: this kernel has no such links. */
int uprobe_multi_attach_type(void);

/* attach.c */
bool attach_all(struct loader *loader);
void detach_all(struct loader *loader);
/* Runs every program of this kind once (begin, end), or those of one signal. */
bool run_programs(struct loader *loader, enum attach_kind kind, int signal);
bool run_program(int program_fd);

/* maps.c */
/* All of it, or its zero if it is keyless and was never set. */
void map_print(struct loader *loader, const struct loaded_map *map, uint64_t top, uint64_t divide);
void map_print_all(struct loader *loader);
void map_clear(const struct loader *loader, struct loaded_map *map);
void map_zero(const struct loader *loader, struct loaded_map *map);

/* events.c */
/* One record of the ring buffer. */
int event_handle(void *loader, void *record, size_t size);

/* failures.c */
/* What went wrong since the last look: events lost, and failures, once for each place. */
void report_failures(struct loader *loader);
/* A helper's error as bpftrace words it, in the format of the output. */
void report_helper_error(struct loader *loader, const char *helper, int64_t code, const struct place *places,
			 size_t place_count);

/* child.c */
/* Forks the command of -c; it waits until child_start. */
bool child_create(struct child *child, const char *command);
bool child_start(struct child *child, const char *command);
void child_end(struct child *child);

/* trials.c */
/* Run the programs of test: and bench: probes and print the results; false if one could not run. */
bool run_tests(struct loader *loader, struct ring_buffer *ring);
bool run_benches(struct loader *loader, struct ring_buffer *ring);

/* run.c */
/* Opens, loads, attaches, runs until the end and prints. Returns the exit code. */
int run_object(const struct options *options, const uint8_t *bytes, size_t length);

#endif
