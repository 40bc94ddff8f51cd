/*
 * What code each process has mapped where, also of processes that are gone: told by the kernel while they live
 * (process-watch.h), or read from /proc/PID/maps.
 */
#ifndef TSBT_PROCESSES_H
#define TSBT_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jit_map;
struct symbol_file;

/* Executable bytes of a file, of the kernel's library (VDSO), or of nothing. */
struct mapping {
	uint64_t start, end, offset;
	uint64_t since;   /* CLOCK_MONOTONIC */
	const char *path; /* "": code made at run time. Lives until the table is changed */
	struct symbol_file *file; /* what was found under that path; NULL: nobody has looked */
};

#define VDSO "[vdso]"

struct process {
	uint32_t tgid;
	uint64_t born, executed; /* 0: before we looked */
	bool is_gone;
	struct mapping *mappings; /* later ones hide earlier ones */
	size_t count, room;
	struct jit_map *jit;
	struct process *next;
};

struct processes;

struct processes *processes_new(void);
void processes_free(struct processes *processes);

/* A process as it is known, or read now; one that cannot be read has no mappings. Never NULL. */
struct process *processes_find(struct processes *processes, uint32_t tgid);
/* Reads again what a process has mapped; false if it says nothing any more. */
bool processes_refresh(struct processes *processes, struct process *process);
/* The mapping an address lies in, NULL: none. */
struct mapping *process_mapping(const struct process *process, uint64_t address);

/*
 * Events of the kernel's, each with its time. Those of different CPUs may come out of order; the times set them right.
 * `path` as the kernel names it: "//anon", "[heap]"…
 */
void processes_mapped(struct processes *processes, uint32_t tgid, const struct mapping *mapping, const char *path);
void processes_executed(struct processes *processes, uint32_t tgid, uint64_t at);
void processes_forked(struct processes *processes, uint32_t parent, uint32_t child, uint64_t at);
void processes_ended(struct processes *processes, uint32_t tgid);

/* A mapping that was worked out otherwise. */
void process_add_mapping(struct processes *processes, struct process *process, uint64_t start, uint64_t size,
			 uint64_t offset, const char *path);

/* How many paths are remembered, each once, those of no mapping any more among them until there are too many. */
size_t processes_path_count(const struct processes *processes);

/* Reads some of the processes there are and returns true, until all were read: then false. */
bool processes_read_some(struct processes *processes);

#endif
