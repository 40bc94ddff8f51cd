#include "arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define BLOCK_SIZE 16384

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	alignas(16) char bytes[];
};

void *arena_allocate(struct arena_block **arena, size_t size)
{
	struct arena_block *block = *arena;
	void *memory;

	size = (size + 15) & ~(size_t)15;
	if (!block || block->size - block->used < size) {
		size_t capacity = size > BLOCK_SIZE ? size : BLOCK_SIZE;

		block = allocate(sizeof(*block) + capacity);
		block->next = *arena;
		block->used = 0;
		block->size = capacity;
		*arena = block;
	}
	memory = block->bytes + block->used;
	block->used += size;
	return memset(memory, 0, size);
}

char *arena_string(struct arena_block **arena, const char *string, size_t length)
{
	char *copy = arena_allocate(arena, length + 1);

	memcpy(copy, string, length);
	return copy;
}

void arena_free(struct arena_block **arena)
{
	while (*arena) {
		struct arena_block *next = (*arena)->next;

		free(*arena);
		*arena = next;
	}
}
