#include "symbols-jit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

struct jit_symbol {
	uint64_t start, size;
	size_t name;
};

struct jit_map {
	struct jit_symbol *list;
	size_t count, room;
	struct text names;
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

struct jit_map *jit_map_read(uint32_t tgid)
{
	struct jit_map *map = allocate_zeroed(1, sizeof(*map));
	char path[128], line[4096];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/root/tmp/perf-%u.map", tgid, own_number(tgid));
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		struct jit_symbol symbol;
		int at = 0;

		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "%" SCNx64 " %" SCNx64 " %n", &symbol.start, &symbol.size, &at) != 2 || !at)
			continue;
		if (map->count == map->room) {
			map->room = map->room ? map->room * 2 : 64;
			map->list = reallocate(map->list, map->room * sizeof(*map->list));
		}
		symbol.name = map->names.length;
		text_append(&map->names, line + at, strlen(line + at) + 1);
		map->list[map->count++] = symbol;
	}
	if (file)
		fclose(file);
	return map;
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
