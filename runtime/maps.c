#include <bpf/bpf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "histogram.h"
#include "loader.h"
#include "report.h"

/* All elements of a map as the kernel gives them: keys and values behind each other. */
struct contents {
	uint8_t *keys, *values;
	size_t count, room;
	size_t key_size, row; /* row: a value, all CPUs' of a per-CPU map */
};

/* One element ready to be sorted and printed. */
struct element {
	const uint8_t *key;
	uint8_t *value;   /* plain, or u64 buckets of a histogram */
	uint64_t number;  /* count, sum, min, max, avg; total of a histogram */
	uint64_t count, total;
};

static size_t row_size(const struct loader *loader, const struct loaded_map *map)
{
	size_t value = (map->value_size + 7) & ~(size_t)7;

	return map->manifest->per_cpu ? value * (size_t)loader->cpus : value;
}

static void make_room(struct contents *contents, size_t room)
{
	if (room <= contents->room)
		return;
	contents->room = room;
	contents->keys = reallocate(contents->keys, room * contents->key_size);
	contents->values = reallocate(contents->values, room * contents->row);
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

	for (;;) {
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

static void read_contents(const struct loader *loader, const struct loaded_map *map, struct contents *contents)
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

static void free_contents(struct contents *contents)
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
static bool reduce(const struct loader *loader, const struct loaded_map *map, uint8_t *row, struct element *element)
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
			any = any || first || map->manifest->key;
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
			any = any || second || map->manifest->key;
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
			any = any || element->number || map->manifest->key;
			break;
		case VALUE_PLAIN:
		case VALUE_TSERIES:
			any = true;
			break;
		}
	}
	if (element->count)
		element->number = value->is_signed ? (uint64_t)((int64_t)element->total / (int64_t)element->count)
						   : element->total / element->count;
	if (value->kind == VALUE_PLAIN)
		(void)values_number(value->type, row, &element->number);
	return (any || map->manifest->has_set_flag) && (map->manifest->key || is_set(loader, map, row));
}

/* ------------------------------------------------------------------------------------------------- sorting */

/* qsort has no room for context. */
static const struct manifest_map *sorted_map;

static int compare_numbers(uint64_t a, uint64_t b, bool is_signed)
{
	if (is_signed)
		return (int64_t)a < (int64_t)b ? -1 : (int64_t)a > (int64_t)b;
	return a < b ? -1 : a > b;
}

/* Numbers by size, text by its bytes, containers by their members in order, the rest by their bytes. */
static int compare_values(const struct type *type, const uint8_t *a, const uint8_t *b)
{
	uint64_t x, y;

	if (values_number(type, a, &x) && values_number(type, b, &y))
		return compare_numbers(x, y, type->is_signed);
	if (type->kind == TYPE_STRING)
		return strncmp((const char *)a, (const char *)b, type->size);
	for (size_t i = 0; i < type->member_count; i++) {
		const struct member *member = &type->members[i];
		int order = compare_values(member->type, a + member->offset, b + member->offset);

		if (order)
			return order;
	}
	return type->member_count ? 0 : memcmp(a, b, type->size);
}

static bool sorts_by_value(const struct map_value *value)
{
	return value->kind != VALUE_PLAIN || value->type->kind == TYPE_INT;
}

static int compare_elements(const void *left, const void *right)
{
	const struct element *a = left, *b = right;
	const struct map_value *value = &sorted_map->value;
	bool is_signed = value->kind == VALUE_PLAIN ? value->type->is_signed : value->is_signed;
	int order = sorts_by_value(value) ? compare_numbers(a->number, b->number, is_signed) : 0;

	return order || !sorted_map->key ? order : compare_values(sorted_map->key, a->key, b->key);
}

/* ------------------------------------------------------------------------------------------------ printing */

static bool is_block(const struct map_value *value)
{
	return value->kind == VALUE_HIST || value->kind == VALUE_LHIST || value->kind == VALUE_TSERIES;
}

static uint64_t divided(uint64_t number, uint64_t by, bool is_signed)
{
	if (by < 2)
		return number;
	return is_signed ? (uint64_t)((int64_t)number / (int64_t)by) : number / by;
}

static void number_out(uint64_t number, bool is_signed, bool json, struct text *out)
{
	if (json && is_signed)
		json_signed(out, (int64_t)number);
	else if (json)
		json_unsigned(out, number);
	else
		text_format(out, is_signed ? "%" PRId64 : "%" PRIu64, number);
}

static void stats_out(const struct map_value *value, const struct element *element, uint64_t divide, bool json,
		      struct text *out)
{
	uint64_t average = divided(element->number, divide, value->is_signed);

	text_string(out, json ? "{\"count\": " : "{ .count = ");
	number_out(element->count, false, json, out);
	text_string(out, json ? ", \"average\": " : ", .average = ");
	number_out(average, value->is_signed, json, out);
	text_string(out, json ? ", \"total\": " : ", .total = ");
	number_out(element->total, value->is_signed, json, out);
	text_string(out, json ? "}" : " }");
}

static void element_out(struct loader *loader, const struct map_value *value, const struct element *element,
			uint64_t divide, bool json, struct text *out)
{
	switch (value->kind) {
	case VALUE_PLAIN:
		(json ? values_json : values_text)(&loader->values, value->type, element->value, divide, out);
		break;
	case VALUE_COUNT:
	case VALUE_SUM:
	case VALUE_MIN:
	case VALUE_MAX:
	case VALUE_AVG:
		number_out(divided(element->number, divide, value->is_signed), value->is_signed, json, out);
		break;
	case VALUE_STATS:
		stats_out(value, element, divide, json, out);
		break;
	case VALUE_HIST:
	case VALUE_LHIST:
		(json ? histogram_json : histogram_text)(value, (const uint64_t *)(const void *)element->value, divide, out);
		break;
	case VALUE_TSERIES:
		text_string(out, json ? "[]" : "<no data>");
		break;
	}
}

/* A tuple's brackets are left out between the map's own. */
static void key_out(struct loader *loader, const struct type *type, const uint8_t *key, struct text *out)
{
	size_t from = out->length;

	values_text(&loader->values, type, key, 1, out);
	if (type->kind == TYPE_TUPLE && out->length - from >= 2) {
		memmove(out->data + from, out->data + from + 1, out->length - from - 2);
		out->length -= 2;
	}
}

static void text_map(struct loader *loader, const struct loaded_map *map, const struct element *elements, size_t from,
		     size_t count, uint64_t divide)
{
	const struct manifest_map *manifest = map->manifest;
	struct text *out = &loader->output.text;
	bool block = is_block(&manifest->value);

	for (size_t i = from; i < count; i++) {
		text_string(out, manifest->name);
		if (manifest->key) {
			text_char(out, '[');
			key_out(loader, manifest->key, elements[i].key, out);
			text_char(out, ']');
		}
		text_string(out, block ? ":\n" : ": ");
		element_out(loader, &manifest->value, &elements[i], divide, false, out);
		text_char(out, '\n');
		output_written(&loader->output);
	}
}

static void json_key(struct loader *loader, const struct type *type, const uint8_t *key, struct text *out)
{
	struct text plain = { 0 };
	size_t kept = 0;

	key_out(loader, type, key, &plain);
	/* Only tuples lose their blanks: a blank in a string is part of it. */
	if (type->kind == TYPE_TUPLE) {
		for (size_t i = 0; i < plain.length; i++)
			if (plain.data[i] != ' ')
				plain.data[kept++] = plain.data[i];
		plain.length = kept;
	}
	json_string(out, plain.data ? plain.data : "", plain.length);
	text_free(&plain);
}

static const char *json_type(const struct map_value *value)
{
	switch (value->kind) {
	case VALUE_HIST:
	case VALUE_LHIST:
		return "hist";
	case VALUE_AVG:
	case VALUE_STATS:
		return "stats";
	case VALUE_TSERIES:
		return "tseries";
	default:
		return "map";
	}
}

static void json_map(struct loader *loader, const struct loaded_map *map, const struct element *elements, size_t from,
		     size_t count, uint64_t divide)
{
	const struct manifest_map *manifest = map->manifest;
	struct text *out = &loader->output.text;

	if (from == count)
		return;
	text_format(out, "{\"type\": \"%s\", \"data\": {", json_type(&manifest->value));
	json_string(out, manifest->name, strlen(manifest->name));
	text_string(out, manifest->key ? ": {" : ": ");
	for (size_t i = from; i < count; i++) {
		if (manifest->key) {
			if (i > from)
				text_string(out, ", ");
			json_key(loader, manifest->key, elements[i].key, out);
			text_string(out, ": ");
		}
		element_out(loader, &manifest->value, &elements[i], divide, true, out);
	}
	text_string(out, manifest->key ? "}}}\n" : "}}\n");
	output_written(&loader->output);
}

void map_print(struct loader *loader, const struct loaded_map *map, uint64_t top, uint64_t divide)
{
	struct contents contents = { 0 };
	struct element *elements;
	size_t count = 0, from;

	read_contents(loader, map, &contents);
	elements = allocate_zeroed(contents.count, sizeof(*elements));
	for (size_t i = 0; i < contents.count; i++) {
		struct element element = { .key = contents.keys + i * contents.key_size };

		if (reduce(loader, map, contents.values + i * contents.row, &element))
			elements[count++] = element;
	}
	sorted_map = map->manifest;
	qsort(elements, count, sizeof(*elements), compare_elements);
	from = top && count > top ? count - top : 0;
	(loader->output.format == OUTPUT_JSON ? json_map : text_map)(loader, map, elements, from, count, divide);
	free(elements);
	free_contents(&contents);
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(const struct loaded_map *const *)a)->manifest->name,
		      (*(const struct loaded_map *const *)b)->manifest->name);
}

void map_print_all(struct loader *loader)
{
	size_t count = loader->manifest->map_count;
	const struct loaded_map **order = allocate_zeroed(count, sizeof(*order));

	for (size_t i = 0; i < count; i++)
		order[i] = &loader->maps[i];
	qsort(order, count, sizeof(*order), by_name);
	for (size_t i = 0; i < count; i++)
		map_print(loader, order[i], 0, 1);
	free(order);
}

static void overwrite(const struct loader *loader, const struct loaded_map *map, const uint8_t *key)
{
	uint8_t *zeroes = allocate_zeroed(1, row_size(loader, map));

	bpf_map_update_elem(map->fd, key, zeroes, BPF_EXIST);
	free(zeroes);
}

void map_clear(const struct loaded_map *map)
{
	uint8_t *key = allocate_zeroed(1, map->key_size);

	/* An array cannot lose its one element: it becomes what it was at first. */
	if (!map->manifest->key) {
		uint8_t *zeroes = allocate_zeroed(4096, map->value_size / 8 + 1);

		bpf_map_update_elem(map->fd, key, zeroes, BPF_ANY);
		free(zeroes);
	} else {
		while (!bpf_map_get_next_key(map->fd, NULL, key))
			if (bpf_map_delete_elem(map->fd, key) && errno != ENOENT)
				break;
	}
	free(key);
}

void map_zero(const struct loader *loader, const struct loaded_map *map)
{
	struct contents contents = { 0 };

	read_contents(loader, map, &contents);
	for (size_t i = 0; i < contents.count; i++)
		overwrite(loader, map, contents.keys + i * contents.key_size);
	free_contents(&contents);
}
