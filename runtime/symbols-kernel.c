#include "symbols-kernel.h"

#include <bpf/bpf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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
	/* Code between these, of the kernel itself, stays; modules and BPF programs come and go. */
	uint64_t text_start, text_end;
	uint32_t last_program; /* the youngest BPF program when the names were read */
	time_t read_at;        /* CLOCK_MONOTONIC, seconds */
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

static time_t now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec;
}

/* Numbers of BPF programs only grow. Without the right to ask (CAP_SYS_ADMIN) there is none. */
static uint32_t youngest_program(uint32_t after)
{
	uint32_t id = after;

	while (!bpf_prog_get_next_id(id, &id))
		;
	return id;
}

/* Lines are "address type name[\t[module]]"; code and, where the kernel lists them, variables are wanted. */
static void load(struct kernel_symbols *symbols)
{
	FILE *file;
	char line[1024], type;
	char name[512];
	uint64_t address;

	symbols->last_program = youngest_program(symbols->last_program);
	symbols->read_at = now();
	symbols->loaded = true;
	symbols->count = 0;
	text_clear(&symbols->names);
	file = fopen("/proc/kallsyms", "re");
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
		if (!strcmp(name, "_stext"))
			symbols->text_start = address;
		else if (!strcmp(name, "_etext"))
			symbols->text_end = address;
	}
	if (file)
		fclose(file);
	if (symbols->count)
		qsort(symbols->list, symbols->count, sizeof(*symbols->list), by_address);
}

/*
 * A program loaded since would have a neighbour's name. Reading all names takes some 0.1 s, so it is done only for an
 * address that may be such a program's, if there is a new one, and not all the time.
 */
static bool is_outdated(const struct kernel_symbols *symbols, uint64_t address)
{
	uint32_t next;

	return !(address >= symbols->text_start && address < symbols->text_end) && symbols->read_at != now() &&
	       !bpf_prog_get_next_id(symbols->last_program, &next);
}

void kernel_symbols_text(struct kernel_symbols *symbols, uint64_t address, bool with_offset, struct text *out)
{
	const struct symbol *found;
	const char *name;
	size_t low = 0, high;

	if (symbols && (!symbols->loaded || is_outdated(symbols, address)))
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
		text_format(out, "%#" PRIx64, address); /* 0 is "0" */
		return;
	}
	found = &symbols->list[low - 1];
	name = symbols->names.data + found->name;
	/* A variable's own address has its name. What lies behind it, or behind the end of all code, has none. */
	if (address != found->address && (!found->code || !strcmp(name, "_etext"))) {
		text_format(out, "%#" PRIx64, address);
		return;
	}
	text_string(out, name);
	if (with_offset)
		text_format(out, "+%" PRIu64, address - found->address);
}
