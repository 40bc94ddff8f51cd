/*
 * Symbol tables, debug information, mini debug information (.gnu_debugdata, XZ), unwind tables and perf's maps of code made
 * at run time, cut short and broken: names may be wrong or missing, nothing else.
 */
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "symbols-debug.h"
#include "symbols-file.h"
#include "symbols-jit.h"
#include "tests.h"
#include "unwind-rows.h"

/* Rounds in one child: starting one costs more than most of them. */
#define ROUNDS 20

struct part {
	size_t from, to;
};

struct file {
	uint8_t *bytes, *copy;
	size_t length;
	struct part parts[64]; /* the whole, and what is worth breaking */
	size_t part_count;
	struct fuzz fuzz;
};

static bool wanted(const char *name)
{
	return !strncmp(name, ".debug", 6) || !strcmp(name, ".symtab") || !strcmp(name, ".strtab") ||
	       !strcmp(name, ".dynsym") || !strcmp(name, ".gnu_debugdata") || !strncmp(name, ".eh_frame", 9);
}

static void find_parts(struct file *file)
{
	Elf *elf = elf_memory((char *)file->bytes, file->length);
	Elf_Scn *section = NULL;
	size_t names = 0;

	file->parts[file->part_count++] = (struct part){ 0, file->length };
	file->parts[file->part_count++] = (struct part){ 0, 64 + 13 * 56 }; /* file and program headers */
	elf_getshdrstrndx(elf, &names);
	while ((section = elf_nextscn(elf, section)) && file->part_count < 64) {
		GElf_Shdr header;
		const char *name = gelf_getshdr(section, &header) ? elf_strptr(elf, names, header.sh_name) : NULL;

		if (name && wanted(name) && header.sh_type != SHT_NOBITS)
			file->parts[file->part_count++] =
				(struct part){ header.sh_offset, header.sh_offset + header.sh_size };
	}
	elf_end(elf);
}

static bool read_file(struct file *file, const char *path)
{
	FILE *stream = fopen(path, "rb");

	memset(file, 0, sizeof(*file));
	if (!stream)
		return false;
	file->bytes = malloc(1 << 20);
	file->copy = malloc(1 << 20);
	file->length = fread(file->bytes, 1, 1 << 20, stream);
	fclose(stream);
	elf_version(EV_CURRENT);
	find_parts(file);
	return file->length > 0;
}

static void ask(struct symbol_file *file)
{
	struct debug_file *debug = symbol_file_debug(file);
	struct debug_place places[DEBUG_PLACES];
	uint64_t offset, address;

	for (uint64_t at = 0x1000; at < 0x1400; at += 0x20) {
		symbol_file_find(file, at);
		if (!symbol_file_address(file, at, &address))
			address = at;
		if (!debug)
			continue;
		debug_file_symbol(debug, address, &offset);
		for (size_t i = debug_file_places(debug, address, places); i > 0; i--)
			text_free(&places[i - 1].source);
	}
}

static void ask_unwind_tables(uint8_t *bytes, size_t length)
{
	Elf *elf = elf_memory((char *)bytes, length);
	struct unwind_row *rows;
	size_t count = elf ? unwind_rows_read(elf, &rows) : 0;

	/* A program searches them. */
	for (size_t i = 1; i < count; i++)
		if (rows[i - 1].offset >= rows[i].offset)
			abort();
	if (elf)
		free(rows);
	elf_end(elf);
}

static void ask_broken(void *context)
{
	struct file *file = context;
	char path[64];

	alarm(20);
	for (int round = 0; round < ROUNDS; round++) {
		struct part part = file->parts[fuzz_below(&file->fuzz, file->part_count)];
		int fd = memfd_create("program", MFD_CLOEXEC);
		struct symbol_file *symbols;
		size_t length;

		memcpy(file->copy, file->bytes, file->length);
		length = fuzz_mangle(&file->fuzz, file->copy, file->length, part.from, part.to);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		if (write(fd, file->copy, length) != (ssize_t)length)
			abort();
		symbols = symbol_file_read("program", path);
		ask(symbols);
		symbol_file_free(symbols);
		close(fd);
		ask_unwind_tables(file->copy, length);
	}
}

static void test_program(const char *name, const char *path)
{
	struct file file;

	if (!path || !*path || !read_file(&file, path)) {
		skip_test(name, "no such program was built");
		return;
	}
	file.fuzz = fuzz_start(60);
	fuzz_test(name, &file.fuzz, ask_broken, &file);
	free(file.bytes);
	free(file.copy);
}

static void test_jit(void)
{
	static const char good[] = "7f0000001000 20 LazyCompile:*f /x.js:1\n7f0000002000 40 y\n\n7f00 10 z\nnonsense\n";
	char path[64], copy[sizeof(good)];
	struct fuzz fuzz = fuzz_start(3000);
	uint64_t offset;

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)getpid());
	while (fuzz_goes_on(&fuzz)) {
		struct jit_map *map;
		FILE *file = fopen(path, "w");
		size_t length;

		memcpy(copy, good, sizeof(good));
		length = fuzz_mangle(&fuzz, (uint8_t *)copy, sizeof(good) - 1, 0, sizeof(good) - 1);
		fwrite(copy, 1, length, file);
		fclose(file);
		map = jit_map_read((uint32_t)getpid());
		for (int i = 0; i < 8; i++)
			jit_map_find(map, i < 4 ? 0x7f0000001000 + (uint64_t)i * 0x400 : fuzz_number(&fuzz), &offset);
		jit_map_free(map);
	}
	unlink(path);
	check_true("broken maps of code made at run time do no harm", fuzz.rounds > 1);
}

void fuzz_symbols(void)
{
	test_program("broken symbols and debug information do no harm", getenv("TSBT_TEST_PROGRAM"));
	test_program("broken mini debug information does no harm", getenv("TSBT_TEST_MINI_PROGRAM"));
	test_jit();
}
