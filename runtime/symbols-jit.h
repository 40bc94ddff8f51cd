/* Names of code made at run time: /tmp/perf-PID.map, as perf reads it (tools/perf/Documentation/jit-interface.txt). */
#ifndef TSBT_SYMBOLS_JIT_H
#define TSBT_SYMBOLS_JIT_H

#include <stdint.h>

struct jit_map;

struct jit_map *jit_map_read(uint32_t tgid);
void jit_map_free(struct jit_map *map);
/* NULL: none. */
const char *jit_map_find(const struct jit_map *map, uint64_t address, uint64_t *offset);

#endif
