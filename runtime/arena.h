/* Memory that is freed all at once. */
#ifndef TSBT_ARENA_H
#define TSBT_ARENA_H

#include <stddef.h>

struct arena_block;

void *arena_allocate(struct arena_block **arena, size_t size); /* zeroed, 16-byte aligned */
char *arena_string(struct arena_block **arena, const char *string, size_t length);
void arena_free(struct arena_block **arena);

#endif
