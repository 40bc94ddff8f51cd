/* Source lines, inlined functions and separate symbol tables, by elfutils' libdw: loaded when first asked for. */
#ifndef TSBT_SYMBOLS_DEBUG_H
#define TSBT_SYMBOLS_DEBUG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

struct debug_file;

/* One function that an address lies in. */
struct debug_place {
	const char *function; /* of an inlined one; NULL: the symbol table knows better */
	struct text source;   /* "/folder/file.c:12"; empty: unknown */
};

#define DEBUG_PLACES 32

/* Folders of separate debug files, with colons between, searched before those of the system; kept, not copied. */
void debug_file_folders(const char *folders);
/* Takes over the descriptor. NULL: no libdw, or nothing in the file that it understands. */
struct debug_file *debug_file_open(const char *path, int fd);
void debug_file_close(struct debug_file *file);
/* Functions at an address before relocation, innermost first; the last one is not inlined. How many, 0: unknown. */
size_t debug_file_places(struct debug_file *file, uint64_t address, struct debug_place places[DEBUG_PLACES]);
/* The symbol an address lies in, from a separate debug file or mini debug information too. */
const char *debug_file_symbol(struct debug_file *file, uint64_t address, uint64_t *offset);

#endif
