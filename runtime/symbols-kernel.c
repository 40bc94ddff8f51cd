#include "symbols-kernel.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct symbol {
	uint64_t address;
	uint32_t name; /* offset in names */
	bool code;
};

struct kernel_symbols {
	struct symbol *list;
	size_t count, room;
	struct text names;
	bool loaded;
};

struct kernel_symbols *kernel_symbols_new(void)
{
	return allocate_zeroed(1, sizeof(struct kernel_symbols));
}

void kernel_symbols_free(struct kernel_symbols *symbols)
{
	if (!symbols)
		return;
	free(symbols->list);
	text_free(&symbols->names);
	free(symbols);
}

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

/* Lines are "address type name[\t[module]]"; code and, where the kernel lists them, variables are wanted. */
static void load(struct kernel_symbols *symbols)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	char line[1024], type;
	char name[512];
	uint64_t address;

	symbols->loaded = true;
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%" SCNx64 " %c %511s", &address, &type, name) != 3 || !strchr("tTwWdDbBrR", type) || !address)
			continue;
		if (symbols->count == symbols->room) {
			symbols->room = symbols->room ? symbols->room * 2 : 65536;
			symbols->list = reallocate(symbols->list, symbols->room * sizeof(*symbols->list));
		}
		symbols->list[symbols->count++] = (struct symbol){
			address, (uint32_t)symbols->names.length, strchr("tTwW", type) != NULL
		};
		text_append(&symbols->names, name, strlen(name) + 1);
	}
	if (file)
		fclose(file);
	qsort(symbols->list, symbols->count, sizeof(*symbols->list), by_address);
}

void kernel_symbols_text(struct kernel_symbols *symbols, uint64_t address, bool with_offset, struct text *out)
{
	const struct symbol *found;
	const char *name;
	size_t low = 0, high;

	if (symbols && !symbols->loaded)
		load(symbols);
	high = symbols ? symbols->count : 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (symbols->list[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low) {
		text_format(out, "0x%" PRIx64, address);
		return;
	}
	found = &symbols->list[low - 1];
	name = symbols->names.data + found->name;
	/* A variable's own address has its name. What lies behind it, or behind the end of all code, has none. */
	if (address != found->address && (!found->code || !strcmp(name, "_etext"))) {
		text_format(out, "0x%" PRIx64, address);
		return;
	}
	text_string(out, name);
	if (with_offset)
		text_format(out, "+%" PRIu64, address - found->address);
}
