/*
 * Names of addresses in processes: by /proc/PID/maps, the symbol tables and the debug information of the files mapped
 * there, and perf's maps of code made at run time.
 */
#ifndef TSBT_SYMBOLS_USER_H
#define TSBT_SYMBOLS_USER_H

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

struct user_symbols;

/* `debug_info`: source lines and inlined functions too. */
struct user_symbols *user_symbols_new(bool demangle, bool debug_info);
void user_symbols_free(struct user_symbols *symbols);
/* Remembers what a process has mapped, for when it is gone. */
void user_symbols_remember(struct user_symbols *symbols, uint32_t tgid);
/* The same for every process that has this file mapped now. */
void user_symbols_remember_users(struct user_symbols *symbols, const char *path);
/*
 * A probe at this place of a file fired at this address: if the process is gone and nobody looked in time, that tells
 * where the whole file was.
 */
void user_symbols_assume(struct user_symbols *symbols, uint32_t tgid, const char *path, uint64_t offset,
			 uint64_t address);
/* "name"; "0xaddress" if unknown. `binary`: where to look for processes that are gone, or NULL. */
void user_symbols_text(struct user_symbols *symbols, uint64_t address, uint32_t tgid, const char *binary,
		       struct text *out);

enum frame_style { FRAME_BPFTRACE, FRAME_PERF };

/* A frame of a stack, one line for each function the compiler inlined there. */
void user_symbols_frame(struct user_symbols *symbols, uint64_t address, uint32_t tgid, const char *binary,
			enum frame_style style, struct text *out);

#endif
