#include "manifest-parts.h"

#include "arena.h"

static const char *const value_kinds[] = { "value", "count", "sum",  "min",   "max",     "avg",
					   "stats", "hist",  "lhist", "tseries", NULL };
static const char *const aggregates[] = { "none", "avg", "max", "min", "sum", NULL };

static void read_map_value(struct reader *in, json_t *json, struct map_value *value)
{
	value->kind = (enum map_value_kind)read_word(in, json, "kind", value_kinds);
	if (in->failed)
		return;
	switch (value->kind) {
	case VALUE_PLAIN:
		value->type = read_type(in, json_object_get(json, "type"), 0);
		value->size = value->type->size;
		break;
	case VALUE_COUNT:
		value->size = 8;
		break;
	case VALUE_SUM:
		value->is_signed = read_bool(in, json, "signed");
		value->size = 8;
		break;
	case VALUE_MIN:
	case VALUE_MAX:
	case VALUE_AVG:
	case VALUE_STATS:
		value->is_signed = read_bool(in, json, "signed");
		value->size = 16;
		break;
	case VALUE_HIST:
		value->bits = (uint32_t)read_u64(in, json, "bits", 5);
		/* One for negative numbers, then 2^bits for each of at most 64 octaves. */
		value->buckets = (uint32_t)read_u64(in, json, "buckets", (65u << value->bits) + 1);
		value->size = value->buckets * 8;
		break;
	case VALUE_LHIST:
		value->min = read_i64(in, json, "min");
		value->max = read_i64(in, json, "max");
		value->step = read_i64(in, json, "step");
		value->buckets = (uint32_t)read_u64(in, json, "buckets", 1 << 20);
		value->size = value->buckets * 8;
		if (value->step <= 0 || value->min > value->max || value->min < -(1ll << 40) || value->max > 1ll << 40 ||
		    value->step > 1ll << 40)
			read_fail(in, "impossible bounds of", "lhist");
		break;
	case VALUE_TSERIES:
		value->interval_ns = read_u64(in, json, "intervalNs", UINT64_MAX);
		value->intervals = (uint32_t)read_u64(in, json, "intervals", 1 << 20);
		value->aggregate = (enum tseries_aggregate)read_word(in, json, "aggregate", aggregates);
		value->is_signed = read_bool(in, json, "signed");
		value->size = value->intervals * 24; /* {value, meta, epoch} each */
		if (!value->interval_ns || !value->intervals)
			read_fail(in, "impossible bounds of", "tseries");
		break;
	}
}

void read_maps(struct reader *in, json_t *root, struct manifest *manifest)
{
	json_t *array = read_array(in, root, "maps", &manifest->map_count);

	manifest->maps = arena_allocate(in->arena, manifest->map_count * sizeof(*manifest->maps));
	for (size_t i = 0; i < manifest->map_count && !in->failed; i++) {
		json_t *json = json_array_get(array, i), *key = json_object_get(json, "key");
		struct manifest_map *map = &manifest->maps[i];

		map->name = read_string(in, json, "name", NULL);
		map->symbol = read_string(in, json, "symbol", NULL);
		map->key = key ? read_type(in, key, 0) : NULL;
		map->per_cpu = read_bool(in, json, "perCpu");
		map->has_set_flag = read_bool(in, json, "hasSetFlag");
		read_map_value(in, json_object_get(json, "value"), &map->value);
	}
}
