/* Unwind tables as rows: those of this program, and of files that have none. */
#include <fcntl.h>
#include <inttypes.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests.h"
#include "unwind-rows.h"

/* Built, as all that runs under sanitizers, with a frame pointer. */
__attribute__((noinline)) static int with_frame(volatile int *value)
{
	char text[64];

	return snprintf(text, sizeof(text), "%d", ++*value);
}

/* Where in our file the code at an address lies; 0: not in a file. */
static uint64_t offset_of(uintptr_t address)
{
	FILE *file = fopen("/proc/self/maps", "r");
	uint64_t start, end, offset, found = 0;
	char line[4608];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64, &start, &end, &offset) == 3 &&
		    address >= start && address < end)
			found = address - start + offset;
	if (file)
		fclose(file);
	return found;
}

static size_t read_rows(const char *path, struct unwind_row **rows)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	Elf *elf;
	size_t count;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	count = elf ? unwind_rows_read(elf, rows) : 0;
	elf_end(elf);
	close(fd);
	return count;
}

static bool is(const struct unwind_row *row, unsigned rule, int32_t cfa, unsigned keeping)
{
	return row->rule == rule && row->cfa == cfa && row->keeping == keeping;
}

static void test_own(void)
{
	volatile int value = 0;
	uint64_t entry = offset_of((uintptr_t)&with_frame);
	struct unwind_row *rows = NULL;
	size_t count = read_rows("/proc/self/exe", &rows), at = 0;
	bool sorted = true;

	for (size_t i = 1; i < count; i++)
		sorted = sorted && rows[i - 1].offset < rows[i].offset;
	check_true("unwind: rows by their offsets", count > 100 && sorted);
	while (at + 1 < count && rows[at + 1].offset <= entry)
		at++;
	check_true("unwind: a function's entry", with_frame(&value) == 1 && count && is(&rows[at], UNWIND_KNOWN, 8, UNWIND_SAME));
	while (at < count && !(rows[at].rule & UNWIND_BY_FP))
		at++;
	check_true("unwind: behind its prologue", at < count && rows[at].offset < entry + 64 && rows[at].fp == -16 &&
							   is(&rows[at], UNWIND_KNOWN | UNWIND_BY_FP, 16, UNWIND_SAVED));
	free(rows);
}

void test_unwinding(void)
{
	struct unwind_row *rows = NULL;

#ifdef __x86_64__
	if (unwind_rows_supported())
		test_own();
	else
		skip_test("unwind: rows of a program", "libdw is not installed");
#else
	(void)test_own;
	skip_test("unwind: rows of a program", "only those of x86-64 are read");
#endif
	check_true("unwind: a file without tables", !read_rows("/etc/passwd", &rows) && !rows);
}
