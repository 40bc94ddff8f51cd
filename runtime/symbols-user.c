#include "symbols-user.h"

#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libiberty/demangle.h>

struct symbol {
	uint64_t offset; /* in the file */
	uint64_t size;
	uint32_t name;
};

/* One executable file; read once. */
struct file {
	char *path;
	struct symbol *list;
	size_t count, room;
	struct text names;
	struct file *next;
};

struct mapping {
	uint64_t start, end, offset;
	char *path;
};

struct process {
	uint32_t tgid;
	struct mapping *mappings;
	size_t count;
	struct process *next;
};

struct user_symbols {
	bool demangle;
	struct file *files;
	struct process *processes;
};

struct user_symbols *user_symbols_new(bool demangle)
{
	struct user_symbols *symbols = allocate_zeroed(1, sizeof(*symbols));

	symbols->demangle = demangle;
	return symbols;
}

static void free_process(struct process *process)
{
	for (size_t i = 0; i < process->count; i++)
		free(process->mappings[i].path);
	free(process->mappings);
	free(process);
}

void user_symbols_free(struct user_symbols *symbols)
{
	if (!symbols)
		return;
	while (symbols->files) {
		struct file *file = symbols->files;

		symbols->files = file->next;
		free(file->path);
		free(file->list);
		text_free(&file->names);
		free(file);
	}
	while (symbols->processes) {
		struct process *process = symbols->processes;

		symbols->processes = process->next;
		free_process(process);
	}
	free(symbols);
}

static int by_offset(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static bool to_file_offset(Elf *elf, uint64_t address, uint64_t *offset)
{
	size_t count;

	if (elf_getphdrnum(elf, &count))
		return false;
	for (size_t i = 0; i < count; i++) {
		GElf_Phdr header;

		if (!gelf_getphdr(elf, (int)i, &header) || header.p_type != PT_LOAD)
			continue;
		if (address >= header.p_vaddr && address < header.p_vaddr + header.p_filesz) {
			*offset = address - header.p_vaddr + header.p_offset;
			return true;
		}
	}
	return false;
}

static void read_table(struct file *file, Elf *elf, Elf_Scn *section, const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(section, NULL);
	size_t count = data && header->sh_entsize ? header->sh_size / header->sh_entsize : 0;

	for (size_t i = 0; i < count; i++) {
		const char *name;
		GElf_Sym symbol;
		uint64_t offset;

		if (!gelf_getsym(data, (int)i, &symbol) || symbol.st_shndx == SHN_UNDEF)
			continue;
		if (GELF_ST_TYPE(symbol.st_info) != STT_FUNC && GELF_ST_TYPE(symbol.st_info) != STT_GNU_IFUNC)
			continue;
		name = elf_strptr(elf, header->sh_link, symbol.st_name);
		if (!name || !*name || !to_file_offset(elf, symbol.st_value, &offset))
			continue;
		if (file->count == file->room) {
			file->room = file->room ? file->room * 2 : 256;
			file->list = reallocate(file->list, file->room * sizeof(*file->list));
		}
		file->list[file->count++] = (struct symbol){ offset, symbol.st_size, (uint32_t)file->names.length };
		text_append(&file->names, name, strlen(name) + 1);
	}
}

static void read_symbols(struct file *file, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	Elf *elf = NULL;

	elf_version(EV_CURRENT);
	if (fd >= 0)
		elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	/* The full table if there is one, else the dynamic one. */
	for (unsigned pass = 0; elf && pass < 2 && !file->count; pass++) {
		Elf_Scn *section = NULL;

		while ((section = elf_nextscn(elf, section))) {
			GElf_Shdr header;

			if (gelf_getshdr(section, &header) && header.sh_type == (pass ? SHT_DYNSYM : SHT_SYMTAB))
				read_table(file, elf, section, &header);
		}
	}
	elf_end(elf);
	if (fd >= 0)
		close(fd);
	qsort(file->list, file->count, sizeof(*file->list), by_offset);
}

static struct file *find_file(struct user_symbols *symbols, uint32_t tgid, const char *path)
{
	struct text through_root = { 0 };
	struct file *file;

	for (file = symbols->files; file; file = file->next)
		if (!strcmp(file->path, path))
			return file;
	file = allocate_zeroed(1, sizeof(*file));
	file->path = copy_string(path);
	file->next = symbols->files;
	symbols->files = file;
	/* The process may live in another mount namespace. */
	text_format(&through_root, "/proc/%u/root%s", tgid, path);
	read_symbols(file, access(text_cstring(&through_root), R_OK) ? path : text_cstring(&through_root));
	text_free(&through_root);
	return file;
}

static struct process *read_process(uint32_t tgid)
{
	struct process *process = allocate_zeroed(1, sizeof(*process));
	char path[64], line[4608], name[4097];
	size_t room = 0;
	FILE *file;

	process->tgid = tgid;
	snprintf(path, sizeof(path), "/proc/%u/maps", tgid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		struct mapping mapping = { 0 };
		char permissions[8];

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %*s %*s %4096[^\n]", &mapping.start, &mapping.end,
			   permissions, &mapping.offset, name) != 5 || permissions[2] != 'x' || name[0] != '/')
			continue;
		if (process->count == room) {
			room = room ? room * 2 : 16;
			process->mappings = reallocate(process->mappings, room * sizeof(*process->mappings));
		}
		mapping.path = copy_string(name);
		process->mappings[process->count++] = mapping;
	}
	if (file)
		fclose(file);
	return process;
}

static const struct mapping *find_mapping(const struct process *process, uint64_t address)
{
	for (size_t i = 0; i < process->count; i++)
		if (address >= process->mappings[i].start && address < process->mappings[i].end)
			return &process->mappings[i];
	return NULL;
}

static const struct mapping *mapping_of(struct user_symbols *symbols, uint32_t tgid, uint64_t address)
{
	struct process **link;

	for (link = &symbols->processes; *link; link = &(*link)->next) {
		const struct mapping *found;
		struct process *fresh;

		if ((*link)->tgid != tgid)
			continue;
		found = find_mapping(*link, address);
		if (found)
			return found;
		/* It may have mapped more since; a dead process has nothing new to say. */
		fresh = read_process(tgid);
		if (!fresh->count) {
			free_process(fresh);
			return NULL;
		}
		fresh->next = (*link)->next;
		free_process(*link);
		*link = fresh;
		return find_mapping(fresh, address);
	}
	*link = read_process(tgid);
	return find_mapping(*link, address);
}

void user_symbols_remember(struct user_symbols *symbols, uint32_t tgid)
{
	mapping_of(symbols, tgid, 0);
}

static const struct symbol *find_symbol(const struct file *file, uint64_t offset)
{
	size_t low = 0, high = file->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (file->list[middle].offset <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	/* Hand-written code has symbols without size. */
	if (file->list[low - 1].size && offset >= file->list[low - 1].offset + file->list[low - 1].size)
		return NULL;
	return &file->list[low - 1];
}

void user_symbols_text(struct user_symbols *symbols, uint64_t address, uint32_t tgid, const char *binary,
		       bool with_offset, bool with_file, struct text *out)
{
	const struct mapping *mapping = symbols ? mapping_of(symbols, tgid, address) : NULL;
	const struct file *file = mapping ? find_file(symbols, tgid, mapping->path) : NULL;
	const struct symbol *symbol = NULL;
	uint64_t offset = 0;

	if (mapping) {
		offset = address - mapping->start + mapping->offset;
		symbol = find_symbol(file, offset);
	} else if (symbols && binary) {
		/* The process is gone and nobody looked in time: a program loaded at a page boundary keeps the low bits. */
		file = find_file(symbols, tgid, binary);
		for (size_t i = 0; i < file->count && !symbol; i++) {
			if ((file->list[i].offset & 4095) == (address & 4095)) {
				symbol = &file->list[i];
				offset = symbol->offset;
			}
		}
	}
	if (!symbol) {
		text_format(out, "0x%" PRIx64, address);
	} else {
		const char *name = file->names.data + symbol->name;
		char *plain = symbols->demangle ? cplus_demangle(name, DMGL_PARAMS | DMGL_ANSI) : NULL;

		text_string(out, plain ? plain : name);
		free(plain);
		if (with_offset)
			text_format(out, "+%" PRIu64, offset - symbol->offset);
	}
	if (with_file)
		text_format(out, " (%s)", mapping ? mapping->path : "[unknown]");
}
