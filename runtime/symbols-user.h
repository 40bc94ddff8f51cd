/* Names of addresses in processes: by /proc/PID/maps and the symbol tables of the files mapped there. */
#ifndef TSBT_SYMBOLS_USER_H
#define TSBT_SYMBOLS_USER_H

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

struct user_symbols;

struct user_symbols *user_symbols_new(bool demangle);
void user_symbols_free(struct user_symbols *symbols);
/* Remembers what a process has mapped, for when it is gone. */
void user_symbols_remember(struct user_symbols *symbols, uint32_t tgid);
/* "name", "name+12"; "0xaddress" if unknown. `with_file` adds " (path)". */
void user_symbols_text(struct user_symbols *symbols, uint64_t address, uint32_t tgid, const char *binary,
		       bool with_offset, bool with_file, struct text *out);

#endif
