#include "symbols-jit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "regular-file.h"
#include "text.h"

/* Of one file; whoever writes more of it has us name the first functions only. */
#define MOST_BYTES (256u << 20)
/* Of a line, its numbers included. */
#define MOST_NAME 4096

struct jit_symbol {
	uint64_t start, size;
	size_t name;
};

struct jit_map {
	uint32_t tgid;
	char path[128];
	struct jit_symbol *list;
	size_t count, room;
	struct text names;
	/* Of the file, when it was read. */
	off_t length;
	struct timespec changed;
};

/* The process's number as it knows itself: it names the file by it. */
static uint32_t own_number(uint32_t tgid)
{
	uint32_t number = tgid;
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/status", tgid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "NSpid:", 6)) {
			const char *last = strrchr(line, '\t');

			number = last ? (uint32_t)strtoul(last, NULL, 10) : tgid;
		}
	if (file)
		fclose(file);
	return number;
}

/* "address size name", both in hexadecimal. */
static void add_line(struct jit_map *map, const char *line)
{
	struct jit_symbol symbol;
	int at = 0;

	if (sscanf(line, "%" SCNx64 " %" SCNx64 " %n", &symbol.start, &symbol.size, &at) != 2 || !at)
		return;
	if (map->count == map->room) {
		map->room = map->room ? map->room * 2 : 64;
		map->list = reallocate(map->list, map->room * sizeof(*map->list));
	}
	symbol.name = map->names.length;
	text_append(&map->names, line + at, strlen(line + at) + 1);
	map->list[map->count++] = symbol;
}

static void read_lines(struct jit_map *map, int fd)
{
	size_t left = MOST_BYTES;
	struct text line = { 0 };
	char block[16384];
	ssize_t got;

	while (left >= sizeof(block) && (got = read(fd, block, sizeof(block))) > 0) {
		left -= (size_t)got;
		for (char *at = block, *end = block + got, *stop; at < end; at = stop + 1) {
			stop = memchr(at, '\n', (size_t)(end - at));
			text_append(&line, at, (size_t)((stop ? stop : end) - at));
			if (line.length > MOST_NAME)
				line.length = MOST_NAME;
			if (!stop)
				break;
			add_line(map, text_cstring(&line));
			text_clear(&line);
		}
	}
	if (line.length)
		add_line(map, text_cstring(&line));
	text_free(&line);
}

/* As perf does, only what the process's own user or root wrote is believed: the folder is everybody's. */
static bool is_trusted(const struct jit_map *map, const struct stat *status)
{
	struct stat process;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u", map->tgid);
	return !status->st_uid || (!stat(path, &process) && process.st_uid == status->st_uid);
}

/* False: there is no file, or none to be believed; what was read before stays. */
static bool read_file(struct jit_map *map)
{
	int fd = open_regular(map->path, false);
	struct stat status;
	bool good = fd >= 0 && !fstat(fd, &status) && is_trusted(map, &status);

	if (good) {
		map->length = status.st_size;
		map->changed = status.st_mtim;
		map->count = 0;
		text_clear(&map->names);
		read_lines(map, fd);
	}
	if (fd >= 0)
		close(fd);
	return good;
}

struct jit_map *jit_map_read(uint32_t tgid)
{
	struct jit_map *map = allocate_zeroed(1, sizeof(*map));

	map->tgid = tgid;
	snprintf(map->path, sizeof(map->path), "/proc/%u/root/tmp/perf-%u.map", tgid, own_number(tgid));
	read_file(map);
	return map;
}

bool jit_map_refresh(struct jit_map *map)
{
	struct stat status;

	if (stat(map->path, &status) || (status.st_size == map->length && status.st_mtim.tv_sec == map->changed.tv_sec &&
					 status.st_mtim.tv_nsec == map->changed.tv_nsec))
		return false;
	return read_file(map);
}

void jit_map_free(struct jit_map *map)
{
	if (!map)
		return;
	free(map->list);
	text_free(&map->names);
	free(map);
}

/* Code is replaced in place: the latest line about an address is the true one. */
const char *jit_map_find(const struct jit_map *map, uint64_t address, uint64_t *offset)
{
	for (size_t i = map->count; i-- > 0;)
		if (address >= map->list[i].start && address - map->list[i].start < map->list[i].size) {
			*offset = address - map->list[i].start;
			return map->names.data + map->list[i].name;
		}
	return NULL;
}
