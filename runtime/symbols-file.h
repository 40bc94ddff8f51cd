/* Functions of one file, by place; read once. */
#ifndef TSBT_SYMBOLS_FILE_H
#define TSBT_SYMBOLS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "text.h"

struct debug_file;

struct symbol_segment {
	uint64_t offset, address, size;
};

struct file_symbol {
	uint64_t offset; /* in the file */
	uint64_t size;
	uint32_t name;   /* in `names` */
};

struct symbol_file {
	char *path; /* as the process calls it */
	char *opened;
	/* What was opened: in another mount namespace the same path is another file. 0: nothing was there. */
	dev_t device;
	ino_t inode;
	/* Kept open: a path through a process is gone with it, before its debug information is asked for. */
	int fd;
	struct symbol_segment *segments;
	size_t segment_count;
	struct file_symbol *list;
	size_t count, room;
	struct text names;
	bool is_fixed;        /* loaded where it says, not moved */
	bool has_full_table;
	bool debug_tried;
	struct debug_file *debug;
	struct symbol_file *next;
};

/* Of one that cannot be read, or is no ELF file, nothing is known. */
struct symbol_file *symbol_file_read(const char *path, const char *opened);
/* The kernel's own little library, which every process has; `address` is where ours is. */
struct symbol_file *symbol_file_vdso(const char *path, uintptr_t address);
void symbol_file_free(struct symbol_file *file);
/* The function a place in the file lies in, NULL: none that is known. */
const struct file_symbol *symbol_file_find(const struct symbol_file *file, uint64_t offset);
/* Between places in the file and addresses before relocation. */
bool symbol_file_address(const struct symbol_file *file, uint64_t offset, uint64_t *address);
bool symbol_file_offset(const struct symbol_file *file, uint64_t address, uint64_t *offset);
/* NULL: it has none. */
struct debug_file *symbol_file_debug(struct symbol_file *file);

#endif
