#include <bpf/bpf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "histogram.h"
#include "json.h"
#include "map-elements.h"

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

		if (reduce_element(loader, map, contents.values + i * contents.row, &element))
			elements[count++] = element;
	}
	sort_elements(map->manifest, elements, count);
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
