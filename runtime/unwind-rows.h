/*
 * Unwind tables of a file (.eh_frame), as rows that a BPF program can search: from which byte of the file on a frame is
 * left in which way. src/lower/unwind.ts reads them.
 */
#ifndef TSBT_UNWIND_ROWS_H
#define TSBT_UNWIND_ROWS_H

#include <libelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How the canonical frame address is found, the stack pointer before the call. 0: nothing is known of this code. */
enum unwind_rule {
	UNWIND_BY_FP = 1,    /* from the frame pointer, else from the stack pointer, by `cfa` bytes */
	UNWIND_POINTER = 2,  /* is kept at that place */
	UNWIND_STUB = 4,     /* a stub of the procedure linkage table, which has pushed a word from its byte `cfa` on */
	UNWIND_SIGNAL = 8,   /* the kernel's frame of a signal: `cfa` and `fp` count from the stack pointer */
	UNWIND_KNOWN = 16,   /* always, where there is a rule */
	UNWIND_END = 128,    /* the outermost frame, or one that cannot be left in these ways */
};

/* What became of the caller's frame pointer. */
enum unwind_keeping { UNWIND_SAME, UNWIND_SAVED /* `fp` bytes from the frame address */, UNWIND_LOST };

struct unwind_row {
	uint64_t offset; /* in the file; the row holds until that of the next one */
	int32_t cfa;
	int16_t fp;
	uint8_t rule, keeping;
};

/* Can tables be read on this machine at all? They are read by elfutils' libdw. */
bool unwind_rows_supported(void);
/* Rows by their offsets, the caller's to free; 0 and NULL if there are none. */
size_t unwind_rows_read(Elf *elf, struct unwind_row **rows);

#endif
