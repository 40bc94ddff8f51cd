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
	uint64_t modules;      /* hash of which modules there were then, and where */
	/* CLOCK_MONOTONIC, milliseconds: when the names were read, and when it was last asked whether they still hold */
	int64_t read_at, checked_at;
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

static int64_t now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Numbers of BPF programs only grow. Without the right to ask (CAP_SYS_ADMIN) there is none. */
static uint32_t youngest_program(uint32_t after)
{
	uint32_t id = after;

	while (!bpf_prog_get_next_id(id, &id))
		;
	return id;
}

/*
 * Which modules are loaded, and where: a hash (FNV-1a, 64 bits) of their names and addresses. Lines of /proc/modules are
 * "name size users by state address"; sizes and users are left out, as users come and go.
 */
static uint64_t modules_now(void)
{
	uint64_t hash = 0xcbf29ce484222325;
	char line[4096], name[128], address[32];
	FILE *file = fopen("/proc/modules", "re");

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%127s %*s %*s %*s %*s %31s", name, address) != 2)
			continue;
		for (const char *c = name; *c; c++)
			hash = (hash ^ (unsigned char)*c) * 0x100000001b3;
		for (const char *c = address; *c; c++)
			hash = (hash ^ (unsigned char)*c) * 0x100000001b3;
	}
	if (file)
		fclose(file);
	return hash;
}

/* Lines are "address type name[\t[module]]"; code and, where the kernel lists them, variables are wanted. */
static void load(struct kernel_symbols *symbols)
{
	FILE *file;
	char line[1024], type;
	char name[512];
	uint64_t address;

	symbols->last_program = youngest_program(symbols->last_program);
	symbols->modules = modules_now();
	symbols->read_at = symbols->checked_at = now();
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
 * What was loaded since would have a neighbour's name: a BPF program, or a module. Reading all names takes some 0.1 s,
 * so it is done only for an address that may be one of theirs. Modules are rarely loaded, and their list is short: it is
 * looked at ten times a second at the most. Some machines load BPF programs all the time: once a second.
 */
static bool is_outdated(struct kernel_symbols *symbols, uint64_t address)
{
	int64_t time;
	uint32_t next;

	if (address >= symbols->text_start && address < symbols->text_end)
		return false;
	time = now();
	if (time < symbols->checked_at + 100)
		return false;
	symbols->checked_at = time;
	return modules_now() != symbols->modules ||
	       (time >= symbols->read_at + 1000 && !bpf_prog_get_next_id(symbols->last_program, &next));
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
