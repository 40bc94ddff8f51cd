#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "map-elements.h"
#include "report.h"
#include "tseries.h"

size_t row_size(const struct loader *loader, const struct loaded_map *map)
{
	size_t value = (map->value_size + 7) & ~(size_t)7;

	return map->manifest->per_cpu ? value * (size_t)loader->cpus : value;
}

static void make_room(struct contents *contents, size_t room)
{
	if (room <= contents->room)
		return;
	contents->room = room > contents->room * 2 ? room : contents->room * 2;
	contents->keys = reallocate(contents->keys, contents->room * contents->key_size);
	contents->values = reallocate(contents->values, contents->room * contents->row);
}

/* Many elements a system call. False if the kernel cannot, then nothing was read. */
static bool read_batches(const struct loaded_map *map, struct contents *contents)
{
	uint8_t position[256], *in = NULL;
	uint32_t step = 256;

	if (contents->key_size > sizeof(position))
		return false;
	for (;;) {
		uint32_t got = step;
		int error;

		make_room(contents, contents->count + step);
		error = bpf_map_lookup_batch(map->fd, in, position, contents->keys + contents->count * contents->key_size,
					     contents->values + contents->count * contents->row, &got, NULL);
		if (error == -ENOSPC && step < 1u << 20) {
			step *= 2; /* one bucket holds more than we asked for */
			continue;
		}
		if (error && error != -ENOENT) {
			if (in)
				report_verbose("reading map %s: %s", map->manifest->name, strerror(-error));
			return in != NULL;
		}
		contents->count += got;
		if (error)
			return true;
		in = position;
	}
}

static void read_one_by_one(const struct loaded_map *map, struct contents *contents)
{
	const void *last = NULL;

	/* Where the last key was deleted meanwhile, the kernel begins again from the first one. */
	while (contents->count < map->max_entries) {
		uint8_t *key;

		make_room(contents, contents->count + 64 - contents->count % 64);
		key = contents->keys + contents->count * contents->key_size;
		if (last)
			last = key - contents->key_size;
		if (bpf_map_get_next_key(map->fd, last, key))
			return;
		last = key;
		/* It may have been deleted meanwhile: the key stays as position, the value is all zero. */
		if (bpf_map_lookup_elem(map->fd, key, contents->values + contents->count * contents->row))
			memset(contents->values + contents->count * contents->row, 0, contents->row);
		contents->count++;
	}
}

void read_contents(const struct loader *loader, const struct loaded_map *map, struct contents *contents)
{
	contents->key_size = map->key_size;
	contents->row = row_size(loader, map);
	if (!map->manifest->key) {
		make_room(contents, 1);
		memset(contents->keys, 0, contents->key_size);
		if (!bpf_map_lookup_elem(map->fd, contents->keys, contents->values))
			contents->count = 1;
		return;
	}
	if (!read_batches(map, contents)) {
		contents->count = 0;
		read_one_by_one(map, contents);
	}
}

void free_contents(struct contents *contents)
{
	free(contents->keys);
	free(contents->values);
}

/* Whether a keyless map was ever assigned. */
static bool is_set(const struct loader *loader, const struct loaded_map *map, const uint8_t *row)
{
	size_t value = (map->value_size + 7) & ~(size_t)7;
	size_t flag = ((size_t)map->manifest->value.size + 7) & ~(size_t)7;

	if (!map->manifest->has_set_flag || flag + 8 > value)
		return true;
	for (int cpu = 0; cpu < (map->manifest->per_cpu ? loader->cpus : 1); cpu++)
		if (values_load(row + (size_t)cpu * value + flag, 8))
			return true;
	return false;
}

/* Adds up what each CPU has. False if nothing was ever stored. */
bool reduce_element(const struct loader *loader, const struct loaded_map *map, uint8_t *row, struct element *element)
{
	const struct map_value *value = &map->manifest->value;
	size_t stride = (map->value_size + 7) & ~(size_t)7;
	int cpus = map->manifest->per_cpu ? loader->cpus : 1;
	bool any = false;

	element->value = row;
	for (int cpu = 0; cpu < cpus; cpu++) {
		const uint8_t *own = row + (size_t)cpu * stride;
		uint64_t first = values_load(own, 8), second = map->value_size >= 16 ? values_load(own + 8, 8) : 0;
		bool better;

		switch (value->kind) {
		case VALUE_COUNT:
		case VALUE_SUM:
			element->number += first;
			any = any || first;
			break;
		case VALUE_MIN:
		case VALUE_MAX:
			if (!second)
				break;
			better = value->is_signed ? (int64_t)first > (int64_t)element->number : first > element->number;
			if (!any || better == (value->kind == VALUE_MAX))
				element->number = first;
			any = true;
			break;
		case VALUE_AVG:
		case VALUE_STATS:
			element->total += first;
			element->count += second;
			any = any || second;
			break;
		case VALUE_HIST:
		case VALUE_LHIST:
			for (uint32_t i = 0; i < value->buckets; i++) {
				uint64_t n = values_load(own + (size_t)i * 8, 8);

				element->number += n;
				if (cpu) {
					n += values_load(row + (size_t)i * 8, 8);
					memcpy(row + (size_t)i * 8, &n, 8);
				}
			}
			any = any || element->number;
			break;
		case VALUE_PLAIN:
			any = true;
			break;
		case VALUE_TSERIES: /* below, of all CPUs at once */
			break;
		}
	}
	if (element->count)
		element->number = number_divided(element->total, element->count, value->is_signed);
	if (value->kind == VALUE_TSERIES) {
		element->number = tseries_reduce(value, row, stride, cpus);
		any = element->number;
	}
	if (value->kind == VALUE_PLAIN)
		(void)values_number(value->type, row, &element->number);
	/* A key that is there is shown, also with what zero() left of it: for min() and max() no value at all, printed as 0. */
	if (map->zeroed || map->manifest->key)
		return true;
	return (any || map->manifest->has_set_flag) && is_set(loader, map, row);
}
