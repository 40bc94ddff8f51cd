#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "folded.h"
#include "histogram.h"
#include "json.h"
#include "map-elements.h"
#include "tseries.h"

static bool is_block(const struct map_value *value)
{
	return value->kind == VALUE_HIST || value->kind == VALUE_LHIST || value->kind == VALUE_TSERIES;
}

static void number_out(uint64_t number, bool is_signed, bool json, struct text *out)
{
	if (json && is_signed)
		json_signed(out, (int64_t)number);
	else if (json)
		json_unsigned(out, number);
	else
		is_signed ? text_signed(out, (int64_t)number) : text_unsigned(out, number);
}

static void stats_out(const struct map_value *value, const struct element *element, uint64_t divide, bool json,
		      struct text *out)
{
	uint64_t average = number_divided(element->number, divide, value->is_signed);

	text_string(out, json ? "{\"count\": " : "{ .count = ");
	number_out(element->count, false, json, out);
	text_string(out, json ? ", \"average\": " : ", .average = ");
	number_out(average, value->is_signed, json, out);
	text_string(out, json ? ", \"total\": " : ", .total = ");
	number_out(element->total, value->is_signed, json, out);
	text_string(out, json ? "}" : " }");
}

/* How a map is to be printed. */
struct printing {
	struct loader *loader;
	const struct manifest_map *map;
	uint64_t divide;
	struct epochs epochs; /* of a time series */
};

static void element_out(const struct printing *how, const struct element *element, bool json, struct text *out)
{
	const struct map_value *value = &how->map->value;
	struct values *values = &how->loader->values;
	uint64_t divide = how->divide;

	switch (value->kind) {
	case VALUE_PLAIN:
		(json ? values_json : values_text)(values, value->type, element->value, divide, out);
		break;
	case VALUE_COUNT:
	case VALUE_SUM:
	case VALUE_MIN:
	case VALUE_MAX:
	case VALUE_AVG:
		number_out(number_divided(element->number, divide, value->is_signed), value->is_signed, json, out);
		break;
	case VALUE_STATS:
		stats_out(value, element, divide, json, out);
		break;
	case VALUE_HIST:
	case VALUE_LHIST:
		(json ? histogram_json : histogram_text)(value, (const uint64_t *)(const void *)element->value, divide, out);
		break;
	case VALUE_TSERIES:
		(json ? tseries_json : tseries_text)(value, element->value, &how->epochs, out);
		break;
	}
}

/* Brackets around the whole are left out between the map's own. */
static void key_out(const struct printing *how, const uint8_t *key, struct text *out)
{
	size_t from = out->length, length;

	values_text(&how->loader->values, how->map->key, key, 1, out);
	length = out->length - from;
	if (length >= 2 && out->data[from] == '(' && out->data[out->length - 1] == ')') {
		memmove(out->data + from, out->data + from + 1, length - 2);
		out->length -= 2;
	}
}

static void text_map(const struct printing *how, const struct element *elements, size_t count, struct text *out)
{
	bool block = is_block(&how->map->value);

	for (size_t i = 0; i < count; i++) {
		text_string(out, how->map->name);
		if (how->map->key) {
			text_char(out, '[');
			key_out(how, elements[i].key, out);
			text_char(out, ']');
		}
		text_string(out, block ? ":\n" : ": ");
		element_out(how, &elements[i], false, out);
		text_char(out, '\n');
		output_written(&how->loader->output);
	}
}

/* bpftrace's keys have no blanks in JSON, not even those of a text. */
static void json_key(const struct printing *how, const uint8_t *key, struct text *out)
{
	struct text plain = { 0 };
	size_t kept = 0;

	key_out(how, key, &plain);
	for (size_t i = 0; i < plain.length; i++)
		if (plain.data[i] != ' ')
			plain.data[kept++] = plain.data[i];
	json_text(out, plain.data ? plain.data : "", kept);
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

static void json_map(const struct printing *how, const struct element *elements, size_t count, struct text *out)
{
	bool keyed = how->map->key;

	if (!count)
		return;
	text_format(out, "{\"type\": \"%s\", \"data\": {", json_type(&how->map->value));
	json_text(out, how->map->name, strlen(how->map->name));
	text_string(out, keyed ? ": {" : ": ");
	for (size_t i = 0; i < count; i++) {
		if (i)
			text_string(out, ", ");
		if (keyed) {
			json_key(how, elements[i].key, out);
			text_string(out, ": ");
		}
		element_out(how, &elements[i], true, out);
	}
	text_string(out, keyed ? "}}}\n" : "}}\n");
	output_written(&how->loader->output);
}

static struct epochs epochs_of(const struct map_value *value, const struct element *elements, size_t count)
{
	uint64_t last = 0;

	for (size_t i = 0; i < count; i++)
		last = elements[i].number > last ? elements[i].number : last;
	/* Without any epoch the range is empty, not the first years of the clock. */
	if (!last)
		return (struct epochs){ UINT64_MAX, 0 };
	return (struct epochs){ last >= value->intervals ? last - value->intervals + 1 : 0, last };
}

/* What a keyless map shows that nothing was assigned to: blocks show nothing, everything else its zero. */
static void print_unset(const struct printing *how)
{
	const struct map_value *value = &how->map->value;
	struct element zero = { .value = allocate_zeroed(1, value->size ? value->size : 1) };
	int64_t no_stack = -1;

	if (value->kind == VALUE_PLAIN && (value->type->kind == TYPE_KSTACK || value->type->kind == TYPE_USTACK))
		memcpy(zero.value, &no_stack, sizeof(no_stack));
	if (!is_block(value))
		(how->loader->output.format == OUTPUT_JSON ? json_map : text_map)(how, &zero, 1,
										   &how->loader->output.text);
	free(zero.value);
}

static size_t map_show(struct loader *loader, const struct loaded_map *map, uint64_t top, uint64_t divide)
{
	struct printing how = { .loader = loader, .map = map->manifest, .divide = divide };
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
	if (map->manifest->value.kind == VALUE_TSERIES)
		how.epochs = epochs_of(&map->manifest->value, elements, count);
	sort_elements(map->manifest, elements, count);
	from = top && count > top ? count - top : 0;
	if (loader->output.folded && folds(map->manifest)) {
		struct text lines = { 0 };

		folded_map(loader, map->manifest, elements + from, count - from, &lines);
		output_folded(&loader->output, &lines);
		text_free(&lines);
	} else {
		(loader->output.format == OUTPUT_JSON ? json_map : text_map)(&how, elements + from, count - from,
									      &loader->output.text);
	}
	free(elements);
	free_contents(&contents);
	return count;
}

void map_print(struct loader *loader, const struct loaded_map *map, uint64_t top, uint64_t divide)
{
	struct printing how = { .loader = loader, .map = map->manifest, .divide = divide };

	if (!map_show(loader, map, top, divide) && !map->manifest->key)
		print_unset(&how);
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
		map_show(loader, order[i], 0, 1);
	free(order);
}

static void overwrite(const struct loader *loader, const struct loaded_map *map, const uint8_t *key, uint64_t flags)
{
	uint8_t *zeroes = allocate_zeroed(1, row_size(loader, map));

	bpf_map_update_elem(map->fd, key, zeroes, flags);
	free(zeroes);
}

/*
 * What is in the map now is removed, once: a script that traces memory or bpf(2) adds elements while we remove them, and
 * looking for the next one until there is none would never end.
 */
static void remove_elements(const struct loader *loader, const struct loaded_map *map)
{
	struct contents contents = { 0 };

	read_contents(loader, map, &contents);
	for (size_t i = 0; i < contents.count; i++)
		bpf_map_delete_elem(map->fd, contents.keys + i * contents.key_size);
	free_contents(&contents);
}

void map_clear(const struct loader *loader, struct loaded_map *map)
{
	map->zeroed = false;
	/* An array cannot lose its one element: it becomes what it was at first. */
	if (!map->manifest->key) {
		uint8_t *key = allocate_zeroed(1, map->key_size);

		overwrite(loader, map, key, BPF_ANY);
		free(key);
	} else {
		remove_elements(loader, map);
	}
}

void map_zero(const struct loader *loader, struct loaded_map *map)
{
	struct contents contents = { 0 };

	read_contents(loader, map, &contents);
	for (size_t i = 0; i < contents.count; i++) {
		struct element element = { 0 };

		/* Zero is a value, but its bytes are those of a keyless map that was never set. */
		if (!map->manifest->key && reduce_element(loader, map, contents.values, &element))
			map->zeroed = true;
		overwrite(loader, map, contents.keys + i * contents.key_size, BPF_EXIST);
	}
	free_contents(&contents);
}
