/* Names of code made at run time: /tmp/perf-PID.map, as perf reads it (tools/perf/Documentation/jit-interface.txt). */
#ifndef TSBT_SYMBOLS_JIT_H
#define TSBT_SYMBOLS_JIT_H

#include <stdbool.h>
#include <stdint.h>

struct jit_map;

/* Of a process, as it names itself; an empty one if there is none to be believed. */
struct jit_map *jit_map_read(uint32_t tgid);
/* Reads it again if it has changed; false if there is nothing new. */
bool jit_map_refresh(struct jit_map *map);
void jit_map_free(struct jit_map *map);
/* The name of the code at an address, and how far behind its start; NULL: none. */
const char *jit_map_find(const struct jit_map *map, uint64_t address, uint64_t *offset);

#endif
