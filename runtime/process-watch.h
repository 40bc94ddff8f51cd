/*
 * Hears from the kernel what processes map, when they fork, run another program and end: perf events of no use but that,
 * one on each CPU, as `perf record` has them. So the code of a process is known although it lives for a millisecond.
 */
#ifndef TSBT_PROCESS_WATCH_H
#define TSBT_PROCESS_WATCH_H

#include <stdbool.h>

struct process_watch;
struct processes;

/* NULL: the kernel does not let us; processes are then read from /proc when they are asked for. */
struct process_watch *process_watch_new(int cpus);
void process_watch_free(struct process_watch *watch);
/* Descriptor for poll(2) and its like: readable when there is much to take. */
int process_watch_fd(const struct process_watch *watch);
/* Enters what happened until now. */
void process_watch_take(struct process_watch *watch, struct processes *processes);

#endif
