/* Names of kernel addresses, from /proc/kallsyms; read when first asked for. */
#ifndef TSBT_SYMBOLS_KERNEL_H
#define TSBT_SYMBOLS_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

struct kernel_symbols;

struct kernel_symbols *kernel_symbols_new(void);
void kernel_symbols_free(struct kernel_symbols *symbols);
/* "name" or "name+12"; "0xaddress" if unknown. */
void kernel_symbols_text(struct kernel_symbols *symbols, uint64_t address, bool with_offset, struct text *out);

#endif
