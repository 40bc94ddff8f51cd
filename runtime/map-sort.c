#include <stdlib.h>
#include <string.h>

#include "map-elements.h"

/* qsort has no room for context. */
static const struct manifest_map *sorted_map;

static int compare_numbers(uint64_t a, uint64_t b, bool is_signed)
{
	if (is_signed)
		return (int64_t)a < (int64_t)b ? -1 : (int64_t)a > (int64_t)b;
	return a < b ? -1 : a > b;
}

/*
 * Text by its bytes, containers by their members in order, the rest by their bytes; numbers by size, as signed ones
 * whatever they are: so bpftrace sorts keys.
 */
static int compare_values(const struct type *type, const uint8_t *a, const uint8_t *b)
{
	uint64_t x, y;

	if (values_number(type, a, &x) && values_number(type, b, &y))
		return compare_numbers(x, y, true);
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
	if (value->kind == VALUE_TSERIES)
		return false;
	return value->kind != VALUE_PLAIN || value->type->kind == TYPE_INT || value->type->kind == TYPE_ENUM;
}

static int compare_elements(const void *left, const void *right)
{
	const struct element *a = left, *b = right;
	const struct map_value *value = &sorted_map->value;
	/* bpftrace compares extremes without their sign. */
	bool is_signed = value->kind == VALUE_PLAIN ? value->type->is_signed
						    : value->is_signed && value->kind != VALUE_MIN && value->kind != VALUE_MAX;
	int order = sorts_by_value(value) ? compare_numbers(a->number, b->number, is_signed) : 0;

	return order || !sorted_map->key ? order : compare_values(sorted_map->key, a->key, b->key);
}

void sort_elements(const struct manifest_map *map, struct element *elements, size_t count)
{
	sorted_map = map;
	qsort(elements, count, sizeof(*elements), compare_elements);
}
