#include "unwind.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libelf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codes.h"
#include "loader.h"
#include "processes.h"
#include "report.h"
#include "symbols-user.h"
#include "unwind-rows.h"

/* Elements of the arrays: the first one holds their number. */
struct mapped {
	uint64_t start, end, offset, table;
};

struct walked {
	uint64_t count, frames[127];
};

_Static_assert(sizeof(struct walked) == WALKED_STACK_SIZE, "as the program writes it");

struct unwound_file {
	dev_t device;
	ino_t inode;
	uint32_t table; /* 0: it has no rows */
};

struct unwound_process {
	uint32_t tgid;
	uint64_t mappings; /* a hash of them, when they were read */
};

struct unwind {
	const struct loader *loader;
	int template_fds[2]; /* of the arrays, until the object is loaded; -1 */
	int processes_fd, tables_fd, walked_fd;
	struct unwound_file *files;
	size_t file_count, file_room;
	struct unwound_process *processes;
	size_t process_count, process_room;
	uint32_t last_table;
};

static int new_array(const char *name, uint32_t size, size_t count)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_INNER_MAP);

	return bpf_map_create(BPF_MAP_TYPE_ARRAY, name, sizeof(uint32_t), size, (uint32_t)count, &options);
}

/* Elements 0 to count - 1. */
static bool fill_array(int fd, const void *values, size_t count)
{
	uint32_t *keys = allocate(count * sizeof(*keys)), filled = (uint32_t)count;
	bool good;

	for (size_t i = 0; i < count; i++)
		keys[i] = (uint32_t)i;
	good = !bpf_map_update_batch(fd, keys, values, &filled, NULL);
	free(keys);
	return good;
}

/* Makes an array of these elements and enters it under the key. */
static bool enter(int outer_fd, uint32_t key, const char *name, const void *values, uint32_t size, size_t count)
{
	int fd = new_array(name, size, count);
	bool good = fd >= 0 && fill_array(fd, values, count) && !bpf_map_update_elem(outer_fd, &key, &fd, BPF_ANY);

	if (!good)
		report_warning("cannot keep the unwind tables of a process: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return good;
}

static bool set_template(struct unwind *unwind, const char *symbol, uint32_t size, int *fd)
{
	struct bpf_map *map = object_map(unwind->loader, symbol);

	*fd = new_array(symbol, size, 1);
	if (*fd >= 0 && map && !bpf_map__set_inner_map_fd(map, *fd))
		return true;
	report_error(CODE_KERNEL, "the kernel cannot keep unwind tables: %s", strerror(errno));
	return false;
}

bool unwind_open(struct loader *loader)
{
	const struct manifest *manifest = loader->manifest;
	struct unwind *unwind;

	if (!*manifest->unwind_walked)
		return true;
	if (!loader->options->pid && !*loader->options->command && !loader->options->dwarf_pid_count) {
		report_error(CODE_USAGE, "dw_ustack requires a target process. Use -p, -c, or --dwarf-pid to specify one.");
		return false;
	}
	if (!unwind_rows_supported()) {
		report_error(CODE_KERNEL, "dw_ustack needs elfutils' libdw to read unwind tables");
		report_hint("install it (Debian: libdw1), or use ustack");
		return false;
	}
	unwind = loader->unwind = allocate_zeroed(1, sizeof(*unwind));
	*unwind = (struct unwind){ .loader = loader, .template_fds = { -1, -1 } };
	return set_template(unwind, manifest->unwind_processes, sizeof(struct mapped), &unwind->template_fds[0]) &&
	       set_template(unwind, manifest->unwind_tables, sizeof(struct unwind_row), &unwind->template_fds[1]);
}

static void close_templates(struct unwind *unwind)
{
	for (int i = 0; i < 2; i++) {
		if (unwind->template_fds[i] >= 0)
			close(unwind->template_fds[i]);
		unwind->template_fds[i] = -1;
	}
}

/* The rows behind an element that holds their number. */
static uint32_t enter_table(struct unwind *unwind, Elf *elf)
{
	struct unwind_row *rows, *elements;
	size_t count = unwind_rows_read(elf, &rows);
	bool good = false;

	if (count && count < UINT32_MAX) {
		elements = allocate_zeroed(count + 1, sizeof(*elements));
		elements->offset = count;
		memcpy(elements + 1, rows, count * sizeof(*rows));
		good = enter(unwind->tables_fd, unwind->last_table + 1, "tsbt_rows", elements, sizeof(*elements), count + 1);
		free(elements);
	}
	free(rows);
	return good ? ++unwind->last_table : 0;
}

/* Where the file of a mapping can be read, also one in another mount namespace, and one that was replaced since. */
static int open_mapped(uint32_t tgid, const struct mapping *mapping)
{
	struct text path = { 0 };
	int fd;

	text_format(&path, "/proc/%u/map_files/%" PRIx64 "-%" PRIx64, tgid, mapping->start, mapping->end);
	fd = open(text_cstring(&path), O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		text_clear(&path);
		text_format(&path, "/proc/%u/root%s", tgid, mapping->path);
		fd = open(text_cstring(&path), O_RDONLY | O_CLOEXEC);
	}
	text_free(&path);
	return fd;
}

static struct unwound_file *find_file(struct unwind *unwind, dev_t device, ino_t inode)
{
	for (size_t i = 0; i < unwind->file_count; i++)
		if (unwind->files[i].device == device && unwind->files[i].inode == inode)
			return &unwind->files[i];
	return NULL;
}

static uint32_t remember_file(struct unwind *unwind, dev_t device, ino_t inode, uint32_t table)
{
	if (unwind->file_count == unwind->file_room) {
		unwind->file_room = unwind->file_room ? unwind->file_room * 2 : 16;
		unwind->files = reallocate(unwind->files, unwind->file_room * sizeof(*unwind->files));
	}
	unwind->files[unwind->file_count++] = (struct unwound_file){ device, inode, table };
	return table;
}

/* The kernel's library is the same in all processes; as a file it is none, and has no number. */
static uint32_t table_of_vdso(struct unwind *unwind)
{
	const struct unwound_file *known = find_file(unwind, 0, 0);
	uintptr_t address = getauxval(AT_SYSINFO_EHDR);
	uint32_t table = 0;
	Elf *elf;

	if (known)
		return known->table;
	/* arch/x86/entry/vdso: two pages at least. */
	elf = address ? elf_memory((char *)address, 8192) : NULL;
	if (elf)
		table = enter_table(unwind, elf);
	elf_end(elf);
	return remember_file(unwind, 0, 0, table);
}

static uint32_t table_of(struct unwind *unwind, uint32_t tgid, const struct mapping *mapping)
{
	const struct unwound_file *known;
	struct stat status;
	uint32_t table = 0;
	Elf *elf;
	int fd;

	if (!strcmp(mapping->path, VDSO))
		return table_of_vdso(unwind);
	fd = *mapping->path ? open_mapped(tgid, mapping) : -1;
	if (fd < 0 || fstat(fd, &status) || !S_ISREG(status.st_mode)) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	known = find_file(unwind, status.st_dev, status.st_ino);
	if (known) {
		close(fd);
		return known->table;
	}
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (elf)
		table = enter_table(unwind, elf);
	elf_end(elf);
	close(fd);
	return remember_file(unwind, status.st_dev, status.st_ino, table);
}

/* FNV-1a over where its code is. */
static uint64_t hash_mappings(const struct process *process)
{
	uint64_t hash = 14695981039346656037u;

	for (size_t i = 0; i < process->count; i++) {
		hash = (hash ^ process->mappings[i].start) * 1099511628211u;
		hash = (hash ^ process->mappings[i].end) * 1099511628211u;
	}
	return hash;
}

static int by_start(const void *left, const void *right)
{
	const struct mapped *a = left, *b = right;

	return (a->start > b->start) - (a->start < b->start);
}

static void read_process(struct unwind *unwind, struct unwound_process *of)
{
	struct process *process = user_symbols_process(unwind->loader->values.user, of->tgid, true);
	struct mapped *elements = allocate_zeroed(process->count + 1, sizeof(*elements));

	for (size_t i = 0; i < process->count; i++) {
		const struct mapping *mapping = &process->mappings[i];

		elements[i + 1] = (struct mapped){ mapping->start, mapping->end, mapping->offset,
						   table_of(unwind, of->tgid, mapping) };
	}
	elements->start = process->count;
	qsort(elements + 1, process->count, sizeof(*elements), by_start);
	enter(unwind->processes_fd, of->tgid, "tsbt_mapped", elements, sizeof(*elements), process->count + 1);
	of->mappings = hash_mappings(process);
	free(elements);
}

void unwind_expect(struct unwind *unwind, uint32_t tgid)
{
	const struct mapped none = { 0 };

	enter(unwind->processes_fd, tgid, "tsbt_mapped", &none, sizeof(none), 1);
}

void unwind_process(struct unwind *unwind, uint32_t tgid)
{
	size_t index = 0;

	while (index < unwind->process_count && unwind->processes[index].tgid != tgid)
		index++;
	if (index == unwind->process_room) {
		unwind->process_room = unwind->process_room ? unwind->process_room * 2 : 4;
		unwind->processes = reallocate(unwind->processes, unwind->process_room * sizeof(*unwind->processes));
	}
	if (index == unwind->process_count)
		unwind->processes[unwind->process_count++] = (struct unwound_process){ .tgid = tgid };
	read_process(unwind, &unwind->processes[index]);
}

void unwind_update(struct unwind *unwind)
{
	for (size_t i = 0; i < unwind->process_count; i++) {
		struct unwound_process *of = &unwind->processes[i];
		const struct process *process = user_symbols_process(unwind->loader->values.user, of->tgid, false);

		if (!process->is_gone && hash_mappings(process) != of->mappings)
			read_process(unwind, of);
	}
}

static bool start_process(struct loader *loader, int pid)
{
	if (kill(pid, 0) && errno == ESRCH) {
		report_error(CODE_PROCESS, "Failed to attach to pid %d: %s", pid, strerror(errno));
		return false;
	}
	unwind_process(loader->unwind, (uint32_t)pid);
	return true;
}

bool unwind_start(struct loader *loader)
{
	struct unwind *unwind = loader->unwind;

	if (!unwind)
		return true;
	close_templates(unwind);
	elf_version(EV_CURRENT);
	unwind->processes_fd = object_map_fd(loader, loader->manifest->unwind_processes);
	unwind->tables_fd = object_map_fd(loader, loader->manifest->unwind_tables);
	unwind->walked_fd = object_map_fd(loader, loader->manifest->unwind_walked);
	for (size_t i = 0; i < loader->options->dwarf_pid_count; i++)
		if (!start_process(loader, loader->options->dwarf_pids[i]))
			return false;
	return !loader->options->pid || start_process(loader, loader->options->pid);
}

size_t unwind_frames(const struct unwind *unwind, uint64_t id, uint64_t *frames, size_t depth)
{
	struct walked walked;
	size_t count;

	if (!unwind || bpf_map_lookup_elem(unwind->walked_fd, &id, &walked))
		return 0;
	count = walked.count < depth ? (size_t)walked.count : depth;
	count = count < sizeof(walked.frames) / sizeof(*walked.frames) ? count
								       : sizeof(walked.frames) / sizeof(*walked.frames);
	memcpy(frames, walked.frames, count * sizeof(*frames));
	return count;
}

void unwind_close(struct unwind *unwind)
{
	if (!unwind)
		return;
	close_templates(unwind);
	free(unwind->files);
	free(unwind->processes);
	free(unwind);
}
