/* Names of addresses: code made at run time, files that are none, BPF programs loaded while we look. */
#include <bpf/bpf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "regular-file.h"
#include "symbols-file.h"
#include "symbols-jit.h"
#include "symbols-kernel.h"
#include "tests.h"

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	fputs(text, file);
	fclose(file);
}

static bool is_named(const struct jit_map *map, uint64_t address, const char *name)
{
	uint64_t offset;
	const char *found = jit_map_find(map, address, &offset);

	return name ? found && !strcmp(found, name) : !found;
}

static void test_jit(void)
{
	char path[64], *lines = malloc(20000);
	struct jit_map *map;

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)getpid());
	unlink(path);
	map = jit_map_read((uint32_t)getpid());
	check_true("jit: no file", is_named(map, 0x1000, NULL) && !jit_map_refresh(map));
	write_text(path, "1000 10 first one\n1000 10 second\nffff 1\n2000 10 last");
	check_true("jit: a file that comes later", jit_map_refresh(map) && is_named(map, 0x100f, "second") &&
							   is_named(map, 0x2000, "last") && is_named(map, 0x1010, NULL));
	check_true("jit: read once", !jit_map_refresh(map));
	write_text(path, "3000 10 third\n");
	check_true("jit: read again", jit_map_refresh(map) && is_named(map, 0x3000, "third") && is_named(map, 0x1000, NULL));
	memset(lines, 'x', 20000);
	memcpy(lines, "4000 10 ", 8);
	strcpy(lines + 19000, "\n5000 10 behind\n");
	write_text(path, lines);
	check_true("jit: a line without end is cut", jit_map_refresh(map) && is_named(map, 0x5000, "behind") &&
							     !is_named(map, 0x4000, NULL));
	unlink(path);
	check_true("jit: names outlive their file", !jit_map_refresh(map) && is_named(map, 0x5000, "behind"));
	jit_map_free(map);
	/* Anybody may put something there: none of it may keep us waiting. */
	if (!mkfifo(path, 0666)) {
		map = jit_map_read((uint32_t)getpid());
		check_true("jit: a pipe is not read", is_named(map, 0x1000, NULL));
		jit_map_free(map);
	}
	unlink(path);
	if (!symlink("/dev/zero", path)) {
		map = jit_map_read((uint32_t)getpid());
		check_true("jit: nor what a link leads to", is_named(map, 0x1000, NULL));
		jit_map_free(map);
	}
	unlink(path);
	if (!geteuid()) {
		write_text(path, "1000 10 lie\n");
		check_true("jit: somebody else's", !chown(path, 12345, 12345));
		map = jit_map_read((uint32_t)getpid());
		check_true("jit: is not believed", is_named(map, 0x1000, NULL));
		jit_map_free(map);
		unlink(path);
	}
	free(lines);
}

static void test_files(void)
{
	char path[64];
	struct symbol_file *file;

	check_true("files: a folder is none", open_regular("/tmp", true) < 0 && open_regular("/dev/null", true) < 0);
	snprintf(path, sizeof(path), "/tmp/tsbt-pipe-%d", (int)getpid());
	check_true("files: a pipe", !mkfifo(path, 0600));
	file = symbol_file_read("program", path);
	check_true("files: a pipe has no symbols", file->fd < 0 && !symbol_file_find(file, 0x1000));
	symbol_file_free(file);
	unlink(path);
}

/* The address of a function the kernel lists, 0: it does not list it. */
static uint64_t listed(const char *part)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	uint64_t address = 0, found = 0;
	char line[1024], name[512];

	while (file && !found && fgets(line, sizeof(line), file))
		if (sscanf(line, "%" SCNx64 " %*c %511s", &address, name) == 2 && strstr(name, part))
			found = address;
	if (file)
		fclose(file);
	return found;
}

static void test_late_program(void)
{
	const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct kernel_symbols *symbols = kernel_symbols_new();
	struct text out = { 0 };
	uint64_t address;
	int program;

	kernel_symbols_text(symbols, listed("_stext"), false, &out);
	text_clear(&out);
	program = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "tsbt_latecomer", "GPL", nothing, 2, NULL);
	address = program >= 0 ? listed("tsbt_latecomer") : 0;
	if (!address) {
		skip_test("symbols: a program loaded later", "the kernel does not list BPF programs");
	} else {
		/* Names are read once a second at the most. */
		nanosleep(&(struct timespec){ 1, 100000000 }, NULL);
		kernel_symbols_text(symbols, address, false, &out);
		check_true("symbols: a program loaded later", strstr(text_cstring(&out), "tsbt_latecomer"));
	}
	if (program >= 0)
		close(program);
	text_free(&out);
	kernel_symbols_free(symbols);
}

void test_symbols(void)
{
	test_jit();
	test_files();
	test_late_program();
}
