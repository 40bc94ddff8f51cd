#include "symbols-debug.h"

#include <dlfcn.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libdw.h"

/* What is used of libdw. */
#define LIBDW_FUNCTIONS(each)                                                                                          \
	each(dwfl_begin) each(dwfl_end) each(dwfl_report_elf) each(dwfl_report_end) each(dwfl_module_addrdie)          \
	each(dwfl_module_getsrc) each(dwfl_lineinfo) each(dwfl_module_addrinfo) each(dwarf_getscopes)                  \
	each(dwarf_tag) each(dwarf_diename) each(dwarf_attr) each(dwarf_formudata) each(dwarf_formstring)              \
	each(dwarf_getsrcfiles) each(dwarf_filesrc) each(dwarf_getscopes_die)

static struct {
	bool tried, loaded;
#define POINTER(name) __typeof__(&name) name;
	LIBDW_FUNCTIONS(POINTER)
	/* Only handed on, as callbacks. */
	__typeof__(&dwfl_standard_find_debuginfo) find_debuginfo;
	__typeof__(&dwfl_offline_section_address) section_address;
} dw;

struct debug_file {
	/* Both are read when debug information is first asked for, not before. */
	Dwfl_Callbacks callbacks;
	char *search_path;
	Dwfl *dwfl;
	Dwfl_Module *module;
};

static bool load(void)
{
	void *library;

	if (dw.tried)
		return dw.loaded;
	dw.tried = true;
	library = libdw_open();
	if (!library)
		return false;
	dw.loaded = true;
#define RESOLVE(name)                                                                                                  \
	*(void **)&dw.name = dlsym(library, #name);                                                                    \
	dw.loaded = dw.loaded && dw.name;
	LIBDW_FUNCTIONS(RESOLVE)
	*(void **)&dw.find_debuginfo = dlsym(library, "dwfl_standard_find_debuginfo");
	*(void **)&dw.section_address = dlsym(library, "dwfl_offline_section_address");
	return dw.loaded;
}

/* The user's folders of debug files; "" for none. */
static const char *debug_folders = "";

void debug_file_folders(const char *folders)
{
	debug_folders = folders;
}

/*
 * Where libdw is to search (libdwfl.h, dwfl_standard_find_debuginfo): the user's folders, and behind them its own, which
 * ours replace; an empty one is the program's own folder. A relative one counts from there, which libdw itself knows for
 * names alone and not for build ids. NULL, if the user has none: its own.
 */
static char *search_path(const char *program)
{
	const char *slash = strrchr(program, '/'), *folder = debug_folders;
	struct text path = { 0 };
	char *copy;

	while (*folder) {
		size_t length = strcspn(folder, ":");

		if (*folder != '/' && slash)
			text_format(&path, "%.*s/", (int)(slash - program), program);
		text_format(&path, "%.*s:", (int)length, folder);
		folder += length + (folder[length] == ':');
	}
	if (!path.length)
		return NULL;
	text_string(&path, ":.debug:/usr/lib/debug");
	copy = copy_string(text_cstring(&path));
	text_free(&path);
	return copy;
}

struct debug_file *debug_file_open(const char *path, int fd)
{
	struct debug_file *file;

	if (!load()) {
		close(fd);
		return NULL;
	}
	file = allocate_zeroed(1, sizeof(*file));
	file->search_path = search_path(path);
	file->callbacks.find_debuginfo = dw.find_debuginfo;
	file->callbacks.section_address = dw.section_address;
	file->callbacks.debuginfo_path = file->search_path ? &file->search_path : NULL;
	file->dwfl = dw.dwfl_begin(&file->callbacks);
	if (file->dwfl)
		file->module = dw.dwfl_report_elf(file->dwfl, path, path, fd, 0, true);
	if (!file->module)
		close(fd);
	if (!file->module || dw.dwfl_report_end(file->dwfl, NULL, NULL)) {
		debug_file_close(file);
		return NULL;
	}
	return file;
}

void debug_file_close(struct debug_file *file)
{
	if (!file)
		return;
	if (file->dwfl)
		dw.dwfl_end(file->dwfl);
	free(file->search_path);
	free(file);
}

static void set_source(struct text *source, Dwarf_Die *unit, const char *file, Dwarf_Word line)
{
	Dwarf_Attribute attribute;
	const char *folder;

	if (!file)
		return;
	if (*file != '/' && dw.dwarf_attr(unit, DW_AT_comp_dir, &attribute)) {
		folder = dw.dwarf_formstring(&attribute);
		if (folder)
			text_format(source, "%s/", folder);
	}
	text_format(source, "%s:%llu", file, (unsigned long long)line);
}

static bool number(Dwarf_Die *die, unsigned name, Dwarf_Word *value)
{
	Dwarf_Attribute attribute;

	return dw.dwarf_attr(die, name, &attribute) && !dw.dwarf_formudata(&attribute, value);
}

/* Where an inlined function was called: what its caller was about to do. */
static const char *call_site(Dwarf_Die *inlined, Dwarf_Files *files, Dwarf_Word *line)
{
	Dwarf_Word index;

	if (!files || !number(inlined, DW_AT_call_file, &index) || !number(inlined, DW_AT_call_line, line))
		return NULL;
	return dw.dwarf_filesrc(files, (size_t)index, NULL, NULL);
}

/* What encloses an address, innermost first. dwarf_getscopes leaves for the definition of an inlined function. */
static int scopes_at(Dwarf_Die *unit, Dwarf_Addr address, Dwarf_Die **scopes)
{
	Dwarf_Die *innermost = NULL;
	int count = dw.dwarf_getscopes(unit, address, &innermost);

	if (count > 0)
		count = dw.dwarf_getscopes_die(&innermost[0], scopes);
	free(innermost);
	return count;
}

size_t debug_file_places(struct debug_file *file, uint64_t address, struct debug_place places[DEBUG_PLACES])
{
	Dwarf_Addr bias = 0;
	Dwarf_Die *unit = dw.dwfl_module_addrdie(file->module, address, &bias), *scopes = NULL;
	Dwfl_Line *row = unit ? dw.dwfl_module_getsrc(file->module, address) : NULL;
	Dwarf_Files *files = NULL;
	const char *source = NULL;
	Dwarf_Word line = 0;
	size_t count = 0, file_count;
	int line_number = 0, scope_count;

	if (!unit)
		return 0;
	if (row)
		source = dw.dwfl_lineinfo(row, NULL, &line_number, NULL, NULL, NULL);
	line = (Dwarf_Word)line_number;
	if (dw.dwarf_getsrcfiles(unit, &files, &file_count))
		files = NULL;
	scope_count = scopes_at(unit, address - bias, &scopes);
	for (int i = 0; i < scope_count && count < DEBUG_PLACES - 1; i++) {
		int tag = dw.dwarf_tag(&scopes[i]);

		if (tag == DW_TAG_subprogram)
			break;
		if (tag != DW_TAG_inlined_subroutine)
			continue;
		places[count] = (struct debug_place){ .function = dw.dwarf_diename(&scopes[i]) };
		set_source(&places[count++].source, unit, source, line);
		source = call_site(&scopes[i], files, &line);
	}
	places[count] = (struct debug_place){ 0 };
	set_source(&places[count++].source, unit, source, line);
	free(scopes);
	return count;
}

const char *debug_file_symbol(struct debug_file *file, uint64_t address, uint64_t *offset)
{
	GElf_Off distance = 0;
	GElf_Sym symbol;
	const char *name = dw.dwfl_module_addrinfo(file->module, address, &distance, &symbol, NULL, NULL, NULL);

	*offset = distance;
	return name;
}
