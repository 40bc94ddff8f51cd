#include "symbols-file.h"

#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regular-file.h"
#include "symbols-debug.h"

/* Bytes of names of one file. Those of a forged table may all be one long name: it is kept no more often than fits. */
#define MOST_NAMES (256u << 20)

/* Parts of a file that are loaded; real ones have a handful. Each symbol looks through them. */
#define MOST_SEGMENTS 256

static int by_offset(const void *a, const void *b)
{
	const struct file_symbol *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

bool symbol_file_offset(const struct symbol_file *file, uint64_t address, uint64_t *offset)
{
	for (size_t i = 0; i < file->segment_count; i++) {
		const struct symbol_segment *segment = &file->segments[i];

		if (address >= segment->address && address - segment->address < segment->size) {
			*offset = address - segment->address + segment->offset;
			return true;
		}
	}
	return false;
}

bool symbol_file_address(const struct symbol_file *file, uint64_t offset, uint64_t *address)
{
	for (size_t i = 0; i < file->segment_count; i++) {
		const struct symbol_segment *segment = &file->segments[i];

		if (offset >= segment->offset && offset - segment->offset < segment->size) {
			*address = offset - segment->offset + segment->address;
			return true;
		}
	}
	return false;
}

static void read_segments(struct symbol_file *file, Elf *elf)
{
	size_t count;

	if (elf_getphdrnum(elf, &count))
		return;
	for (size_t i = 0; i < count && file->segment_count < MOST_SEGMENTS; i++) {
		GElf_Phdr header;

		if (!gelf_getphdr(elf, (int)i, &header))
			break;
		if (header.p_type != PT_LOAD)
			continue;
		file->segments = reallocate(file->segments, (file->segment_count + 1) * sizeof(*file->segments));
		file->segments[file->segment_count++] =
			(struct symbol_segment){ header.p_offset, header.p_vaddr, header.p_filesz };
	}
}

static void read_table(struct symbol_file *file, Elf *elf, Elf_Scn *section, const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(section, NULL);
	size_t count = data && header->sh_entsize ? header->sh_size / header->sh_entsize : 0;

	for (size_t i = 0; i < count && file->names.length < MOST_NAMES; i++) {
		const char *name;
		GElf_Sym symbol;
		uint64_t offset;

		if (!gelf_getsym(data, (int)i, &symbol) || symbol.st_shndx == SHN_UNDEF)
			continue;
		if (GELF_ST_TYPE(symbol.st_info) != STT_FUNC && GELF_ST_TYPE(symbol.st_info) != STT_GNU_IFUNC)
			continue;
		name = elf_strptr(elf, header->sh_link, symbol.st_name);
		if (!name || !*name || !symbol_file_offset(file, symbol.st_value, &offset))
			continue;
		if (file->count == file->room) {
			file->room = file->room ? file->room * 2 : 256;
			file->list = reallocate(file->list, file->room * sizeof(*file->list));
		}
		file->list[file->count++] = (struct file_symbol){ offset, symbol.st_size, (uint32_t)file->names.length };
		text_append(&file->names, name, strlen(name) + 1);
	}
}

static void read_elf(struct symbol_file *file, Elf *elf)
{
	GElf_Ehdr header;

	file->is_fixed = gelf_getehdr(elf, &header) && header.e_type == ET_EXEC;
	read_segments(file, elf);
	/* The full table if there is one, else the dynamic one. */
	for (unsigned pass = 0; pass < 2 && !file->count; pass++) {
		Elf_Scn *section = NULL;

		while ((section = elf_nextscn(elf, section))) {
			GElf_Shdr table;

			if (gelf_getshdr(section, &table) && table.sh_type == (pass ? SHT_DYNSYM : SHT_SYMTAB))
				read_table(file, elf, section, &table);
		}
		file->has_full_table = !pass && file->count;
	}
	if (file->count)
		qsort(file->list, file->count, sizeof(*file->list), by_offset);
}

static struct symbol_file *file_new(const char *path, const char *opened)
{
	struct symbol_file *file = allocate_zeroed(1, sizeof(*file));

	file->path = copy_string(path);
	file->opened = copy_string(opened);
	file->fd = -1;
	return file;
}

struct symbol_file *symbol_file_read(const char *path, const char *opened)
{
	struct symbol_file *file = file_new(path, opened);
	Elf *elf = NULL;

	file->fd = open_regular(opened, true);
	elf_version(EV_CURRENT);
	/* Not mapped: whoever cuts the file short while we read would have us killed. */
	if (file->fd >= 0)
		elf = elf_begin(file->fd, ELF_C_READ, NULL);
	if (elf)
		read_elf(file, elf);
	elf_end(elf);
	return file;
}

struct symbol_file *symbol_file_vdso(const char *path, uintptr_t address)
{
	/* arch/x86/entry/vdso: two pages at most; its own headers tell how much of them it uses. */
	const size_t most = 8192;
	struct symbol_file *file = file_new(path, path);
	Elf *elf;

	file->debug_tried = true;
	elf_version(EV_CURRENT);
	elf = address ? elf_memory((char *)address, most) : NULL;
	if (elf)
		read_elf(file, elf);
	elf_end(elf);
	return file;
}

void symbol_file_free(struct symbol_file *file)
{
	debug_file_close(file->debug);
	if (file->fd >= 0)
		close(file->fd);
	free(file->path);
	free(file->opened);
	free(file->segments);
	free(file->list);
	text_free(&file->names);
	free(file);
}

const struct file_symbol *symbol_file_find(const struct symbol_file *file, uint64_t offset)
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
	if (file->list[low - 1].size && offset - file->list[low - 1].offset >= file->list[low - 1].size)
		return NULL;
	return &file->list[low - 1];
}

struct debug_file *symbol_file_debug(struct symbol_file *file)
{
	if (!file->debug_tried && file->segment_count && file->fd >= 0) {
		file->debug = debug_file_open(file->opened, file->fd);
		file->fd = -1;
	}
	file->debug_tried = true;
	return file->debug;
}
