#include "symbols-user.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libiberty/demangle.h>

#include "process-watch.h"
#include "processes.h"
#include "symbols-debug.h"
#include "symbols-file.h"
#include "symbols-jit.h"

struct user_symbols {
	bool demangle, debug_info;
	struct symbol_file *files;
	struct processes *processes;
	struct process_watch *watch; /* NULL: processes are read when they are asked for */
};

/* What is known of an address. */
struct found {
	const char *name; /* NULL: nothing */
	const char *path;
	uint64_t offset;  /* from the symbol's start */
	struct symbol_file *file;
	uint64_t address; /* before relocation; for debug information */
};

struct user_symbols *user_symbols_new(bool demangle, bool debug_info)
{
	struct user_symbols *symbols = allocate_zeroed(1, sizeof(*symbols));

	symbols->demangle = demangle;
	symbols->debug_info = debug_info;
	symbols->processes = processes_new();
	return symbols;
}

void user_symbols_free(struct user_symbols *symbols)
{
	if (!symbols)
		return;
	while (symbols->files) {
		struct symbol_file *file = symbols->files;

		symbols->files = file->next;
		symbol_file_free(file);
	}
	process_watch_free(symbols->watch);
	processes_free(symbols->processes);
	free(symbols);
}

void user_symbols_watch(struct user_symbols *symbols, int cpus)
{
	symbols->watch = process_watch_new(cpus);
}

int user_symbols_fd(const struct user_symbols *symbols)
{
	return symbols->watch ? process_watch_fd(symbols->watch) : -1;
}

void user_symbols_take(struct user_symbols *symbols)
{
	if (symbols->watch)
		process_watch_take(symbols->watch, symbols->processes);
}

bool user_symbols_look_around(struct user_symbols *symbols)
{
	return processes_read_some(symbols->processes);
}

/*
 * The process may live in another mount namespace, where the path is another file; a path that needs no process outlives
 * it. Once it is gone, what is known of a file of that name must do.
 */
static struct symbol_file *find_file(struct user_symbols *symbols, uint32_t tgid, const char *path)
{
	bool is_vdso = !strcmp(path, VDSO), is_there, is_here;
	struct stat there = { 0 }, here = { 0 };
	struct text through_root = { 0 };
	struct symbol_file *file;

	text_format(&through_root, "/proc/%u/root%s", tgid, path);
	is_there = !is_vdso && !stat(text_cstring(&through_root), &there);
	is_here = !is_vdso && !stat(path, &here);
	if (!is_there || (is_here && there.st_dev == here.st_dev && there.st_ino == here.st_ino)) {
		there = here;
		is_there = false;
	}
	for (file = symbols->files; file; file = file->next)
		if (!strcmp(file->path, path) &&
		    ((!is_there && !is_here) || (file->device == there.st_dev && file->inode == there.st_ino)))
			break;
	if (!file) {
		file = is_vdso ? symbol_file_vdso(path, getauxval(AT_SYSINFO_EHDR))
			       : symbol_file_read(path, is_there ? text_cstring(&through_root) : path);
		file->device = there.st_dev;
		file->inode = there.st_ino;
		file->next = symbols->files;
		symbols->files = file;
	}
	text_free(&through_root);
	return file;
}

static struct mapping *mapping_of(struct user_symbols *symbols, uint32_t tgid, uint64_t address,
				  struct process **process)
{
	struct mapping *found;

	user_symbols_take(symbols);
	*process = processes_find(symbols->processes, tgid);
	found = process_mapping(*process, address);
	/* It may have mapped more since. */
	if (!found && processes_refresh(symbols->processes, *process))
		found = process_mapping(*process, address);
	return found;
}

struct process *user_symbols_process(struct user_symbols *symbols, uint32_t tgid, bool fresh)
{
	struct process *process;

	user_symbols_take(symbols);
	process = processes_find(symbols->processes, tgid);
	if (fresh)
		processes_refresh(symbols->processes, process);
	return process;
}

void user_symbols_remember(struct user_symbols *symbols, uint32_t tgid)
{
	processes_find(symbols->processes, tgid);
}

void user_symbols_assume(struct user_symbols *symbols, uint32_t tgid, const char *path, uint64_t offset,
			 uint64_t address)
{
	struct process *process;
	struct symbol_file *file;
	uint64_t linked;

	if (mapping_of(symbols, tgid, address, &process) || process->count)
		return;
	file = find_file(symbols, tgid, path);
	/* Files are moved by whole pages. */
	if (!symbol_file_address(file, offset, &linked) || ((address - linked) & 4095))
		return;
	for (size_t i = 0; i < file->segment_count; i++) {
		const struct symbol_segment *segment = &file->segments[i];

		process_add_mapping(symbols->processes, process, segment->address + (address - linked), segment->size,
				    segment->offset, path);
	}
}

static void find_in_file(struct symbol_file *file, uint64_t offset, struct found *found)
{
	const struct file_symbol *symbol = symbol_file_find(file, offset);
	struct debug_file *debug;

	found->file = file;
	found->path = file->path;
	if (!symbol_file_address(file, offset, &found->address))
		found->address = 0;
	if (symbol) {
		found->name = file->names.data + symbol->name;
		found->offset = offset - symbol->offset;
	} else if (!file->has_full_table && found->address) {
		debug = symbol_file_debug(file);
		found->name = debug ? debug_file_symbol(debug, found->address, &found->offset) : NULL;
	}
}

/*
 * The process is gone and nobody looked in time. A program that is not moved is read at its own addresses; of one that
 * is, loading leaves the low bits of a function's start.
 */
static void find_without_process(struct symbol_file *file, uint64_t address, struct found *found)
{
	uint64_t offset;

	if (file->is_fixed && symbol_file_offset(file, address, &offset)) {
		find_in_file(file, offset, found);
		return;
	}
	for (size_t i = 0; i < file->count && !found->name; i++)
		if ((file->list[i].offset & 4095) == (address & 4095))
			find_in_file(file, file->list[i].offset, found);
}

static struct found find(struct user_symbols *symbols, uint64_t address, uint32_t tgid, const char *binary)
{
	struct process *process = NULL;
	struct mapping *mapping = symbols ? mapping_of(symbols, tgid, address, &process) : NULL;
	struct found found = { 0 };

	if (mapping && *mapping->path) {
		if (!mapping->file)
			mapping->file = find_file(symbols, tgid, mapping->path);
		find_in_file(mapping->file, address - mapping->start + mapping->offset, &found);
	} else if (mapping) {
		if (!process->jit)
			process->jit = jit_map_read(tgid);
		found.name = jit_map_find(process->jit, address, &found.offset);
		if (!found.name && jit_map_refresh(process->jit))
			found.name = jit_map_find(process->jit, address, &found.offset);
		found.path = "[JIT]";
	} else if (symbols && binary) {
		find_without_process(find_file(symbols, tgid, binary), address, &found);
	}
	return found;
}

static void name_text(const struct user_symbols *symbols, const char *name, struct text *out)
{
	char *plain = symbols->demangle ? cplus_demangle(name, DMGL_PARAMS | DMGL_ANSI) : NULL;

	text_string(out, plain ? plain : name);
	free(plain);
}

void user_symbols_text(struct user_symbols *symbols, uint64_t address, uint32_t tgid, const char *binary,
		       struct text *out)
{
	struct found found = find(symbols, address, tgid, binary);

	if (found.name)
		name_text(symbols, found.name, out);
	else
		text_format(out, "%#" PRIx64, address);
}

static void begin_line(enum frame_style style, uint64_t address, struct text *out)
{
	if (style == FRAME_PERF)
		text_format(out, "\t%" PRIx64 " ", address);
	else
		text_fill(out, ' ', 8);
}

static void end_line(enum frame_style style, struct text *source, struct text *out)
{
	if (style == FRAME_BPFTRACE && source && source->length)
		text_format(out, "@%s", text_cstring(source));
	text_char(out, '\n');
}

void user_symbols_frame(struct user_symbols *symbols, uint64_t address, uint32_t tgid, const char *binary,
			enum frame_style style, struct text *out)
{
	struct found found = find(symbols, address, tgid, binary);
	struct debug_place places[DEBUG_PLACES];
	struct debug_file *debug = NULL;
	size_t count = 0;

	if (found.file && found.name && symbols->debug_info && found.address)
		debug = symbol_file_debug(found.file);
	if (debug)
		count = debug_file_places(debug, found.address, places);
	for (size_t i = 0; i + 1 < count; i++) {
		begin_line(style, address, out);
		if (style == FRAME_BPFTRACE)
			text_string(out, "[inlined] ");
		name_text(symbols, places[i].function ? places[i].function : "?", out);
		if (style == FRAME_PERF)
			text_string(out, " (inlined)");
		end_line(style, &places[i].source, out);
	}
	begin_line(style, address, out);
	if (found.name) {
		name_text(symbols, found.name, out);
		text_format(out, "+%" PRIu64, found.offset);
	} else {
		text_format(out, "0x%" PRIx64, address);
	}
	if (style == FRAME_PERF)
		text_format(out, " (%s)", found.name ? found.path : "[unknown]");
	end_line(style, count && found.name ? &places[count - 1].source : NULL, out);
	for (size_t i = 0; i < count; i++)
		text_free(&places[i].source);
}
