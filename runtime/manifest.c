#include "manifest.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "format.h"

/* Bounds that no honest object reaches; they keep all later arithmetic within 32 bits. */
#define MAX_SIZE (1u << 26)
#define MAX_COUNT (1u << 20)
#define MAX_DEPTH 32

struct reader {
	struct arena_block **arena;
	struct text *why;
	bool failed;
};

static bool fail(struct reader *in, const char *what, const char *key)
{
	if (!in->failed)
		text_format(in->why, "%s `%s`", what, key);
	in->failed = true;
	return false;
}

static const char *read_string(struct reader *in, json_t *object, const char *key, const char *otherwise)
{
	json_t *value = json_object_get(object, key);

	if (!json_is_string(value)) {
		if (otherwise && !value)
			return otherwise;
		fail(in, "no text", key);
		return "";
	}
	return arena_string(in->arena, json_string_value(value), json_string_length(value));
}

/* A JSON integer, or decimal text where 53 bits do not do. */
static bool parse_number(json_t *value, uint64_t *out, bool *negative)
{
	*negative = false;
	if (json_is_integer(value)) {
		json_int_t n = json_integer_value(value);

		*negative = n < 0;
		*out = (uint64_t)n;
		return true;
	}
	if (json_is_string(value)) {
		const char *text = json_string_value(value);
		char *end;

		*negative = text[0] == '-';
		if (text[*negative] < '0' || text[*negative] > '9')
			return false;
		errno = 0;
		*out = *negative ? (uint64_t)strtoll(text, &end, 10) : strtoull(text, &end, 10);
		return !errno && !*end;
	}
	return false;
}

static uint64_t read_u64(struct reader *in, json_t *object, const char *key, uint64_t most)
{
	uint64_t value = 0;
	bool negative;

	if (!parse_number(json_object_get(object, key), &value, &negative) || negative || value > most) {
		fail(in, "no number in range", key);
		return 0;
	}
	return value;
}

static uint64_t read_u64_or(struct reader *in, json_t *object, const char *key, uint64_t most, uint64_t otherwise)
{
	return json_object_get(object, key) ? read_u64(in, object, key, most) : otherwise;
}

static int64_t read_i64(struct reader *in, json_t *object, const char *key)
{
	uint64_t value = 0;
	bool negative;

	if (!parse_number(json_object_get(object, key), &value, &negative) || (!negative && value > INT64_MAX)) {
		fail(in, "no number in range", key);
		return 0;
	}
	return (int64_t)value;
}

static bool read_bool(struct reader *in, json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	if (!json_is_boolean(value))
		fail(in, "no truth value", key);
	return json_is_true(value);
}

static bool read_bool_or(json_t *object, const char *key, bool otherwise)
{
	json_t *value = json_object_get(object, key);

	return value ? json_is_true(value) : otherwise;
}

/* Position of a text in a table of words; the table ends with NULL. */
static int read_word(struct reader *in, json_t *object, const char *key, const char *const *words)
{
	const char *text = json_string_value(json_object_get(object, key));

	for (int i = 0; text && words[i]; i++)
		if (!strcmp(text, words[i]))
			return i;
	fail(in, "unknown word in", key);
	return 0;
}

static json_t *read_array(struct reader *in, json_t *object, const char *key, size_t *count)
{
	json_t *array = json_object_get(object, key);

	*count = 0;
	if (!json_is_array(array) || json_array_size(array) > MAX_COUNT) {
		fail(in, "no list", key);
		return NULL;
	}
	*count = json_array_size(array);
	return array;
}

static const char *const stack_modes[] = { "bpftrace", "perf", "raw", "build_id", NULL };
static const char *const clocks[] = { "boot", "monotonic", "tai", "sw_tai", NULL };
static const char *const type_kinds[] = {
	"none", "int", "bool", "string", "buffer", "pointer", "enum", "array", "tuple", "record", "struct", "inet", "mac",
	"kstack", "ustack", "ksym", "usym", "username", "strerror", "timestamp", "cgroup_path", "skb", NULL,
};

static const struct type *read_type(struct reader *in, json_t *json, unsigned depth);

static bool power_size(uint32_t size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

/* Members of a tuple, record, struct or event; each must lie within `size` bytes. */
static struct member *read_members(struct reader *in, json_t *object, const char *key, uint32_t size, size_t *count,
				   unsigned depth)
{
	json_t *array = read_array(in, object, key, count);
	struct member *members = arena_allocate(in->arena, *count * sizeof(*members));

	for (size_t i = 0; i < *count && !in->failed; i++) {
		json_t *json = json_array_get(array, i), *bit = json_object_get(json, "bit");
		struct member *member = &members[i];

		member->name = read_string(in, json, "name", "");
		member->offset = (uint32_t)read_u64(in, json, "offset", MAX_SIZE);
		member->type = read_type(in, json_object_get(json, "type"), depth + 1);
		if (in->failed)
			break;
		if (member->offset > size || member->type->size > size - member->offset)
			fail(in, "member outside of its container:", member->name);
		if (!bit)
			continue;
		member->bit_shift = (uint8_t)read_u64(in, bit, "shift", 63);
		member->bit_width = (uint8_t)read_u64(in, bit, "width", 64);
		if (!member->bit_width || (member->type->kind != TYPE_INT && member->type->kind != TYPE_ENUM &&
					   member->type->kind != TYPE_BOOL) ||
		    (uint32_t)member->bit_shift + member->bit_width > member->type->size * 8)
			fail(in, "impossible bit-field", member->name);
	}
	return members;
}

static void read_enum_values(struct reader *in, json_t *json, struct type *type)
{
	json_t *array = read_array(in, json, "values", &type->value_count);
	struct enum_value *values = arena_allocate(in->arena, type->value_count * sizeof(*values));

	for (size_t i = 0; i < type->value_count && !in->failed; i++) {
		json_t *pair = json_array_get(array, i);
		const char *name = json_string_value(json_array_get(pair, 0));
		bool negative;

		if (!name || !parse_number(json_array_get(pair, 1), &values[i].value, &negative)) {
			fail(in, "bad enumerator of", type->name);
			break;
		}
		values[i].name = arena_string(in->arena, name, strlen(name));
	}
	type->values = values;
}

static void read_array_type(struct reader *in, json_t *json, struct type *type, unsigned depth)
{
	uint64_t size;

	type->element = read_type(in, json_object_get(json, "element"), depth + 1);
	type->length = (uint32_t)read_u64(in, json, "length", MAX_SIZE);
	type->stride = (uint32_t)read_u64(in, json, "stride", MAX_SIZE);
	if (in->failed)
		return;
	if (type->length > 1 && (!type->stride || type->stride < type->element->size))
		fail(in, "elements overlap in an", "array");
	size = type->length ? (uint64_t)type->stride * (type->length - 1) + type->element->size : 0;
	if (size > MAX_SIZE) {
		fail(in, "too large", "array");
		return;
	}
	type->size = (uint32_t)size;
}

static void read_stack_type(struct reader *in, json_t *json, struct type *type, uint32_t size)
{
	type->size = size;
	type->map = read_string(in, json, "map", NULL);
	/* sysctl_perf_event_max_stack can be raised, but not above this: kernel/events/callchain.c. */
	type->depth = (uint32_t)read_u64(in, json, "depth", 65535);
	type->mode = (enum stack_mode)read_word(in, json, "mode", stack_modes);
}

static const struct type *read_type(struct reader *in, json_t *json, unsigned depth)
{
	struct type *type = arena_allocate(in->arena, sizeof(*type));

	if (in->failed)
		return type;
	if (depth > MAX_DEPTH) {
		fail(in, "nested too deep:", "type");
		return type;
	}
	type->kind = (enum type_kind)read_word(in, json, "kind", type_kinds);
	type->name = "";
	if (in->failed)
		return type;
	switch (type->kind) {
	case TYPE_NONE:
	case TYPE_SKB:
		break;
	case TYPE_INT:
	case TYPE_ENUM:
		type->size = (uint32_t)read_u64(in, json, "size", 8);
		type->is_signed = read_bool(in, json, "signed");
		if (!power_size(type->size))
			fail(in, "impossible", "size");
		if (type->kind == TYPE_ENUM) {
			type->name = read_string(in, json, "name", NULL);
			read_enum_values(in, json, type);
		}
		break;
	case TYPE_BOOL:
		type->size = 1;
		break;
	case TYPE_STRING:
	case TYPE_BUFFER:
		type->size = (uint32_t)read_u64(in, json, "size", MAX_SIZE);
		if (type->kind == TYPE_BUFFER && type->size < 4)
			fail(in, "impossible", "size");
		break;
	case TYPE_POINTER:
	case TYPE_KSYM:
	case TYPE_USERNAME:
	case TYPE_STRERROR:
		type->size = 8;
		break;
	case TYPE_ARRAY:
		read_array_type(in, json, type, depth);
		break;
	case TYPE_STRUCT:
		type->is_union = read_bool(in, json, "union");
		type->name = read_string(in, json, "name", NULL);
		/* fall through */
	case TYPE_TUPLE:
	case TYPE_RECORD:
		type->size = (uint32_t)read_u64(in, json, "size", MAX_SIZE);
		type->members = read_members(in, json, "members", type->size, &type->member_count, depth);
		break;
	case TYPE_INET:
		type->size = 20;
		break;
	case TYPE_MAC:
		type->size = 6;
		break;
	case TYPE_KSTACK:
		read_stack_type(in, json, type, 8);
		break;
	case TYPE_USTACK:
		read_stack_type(in, json, type, 16);
		break;
	case TYPE_USYM:
		type->size = 16;
		break;
	case TYPE_TIMESTAMP:
		type->size = 8;
		type->format = read_string(in, json, "format", NULL);
		type->clock = (enum clock_name)read_word(in, json, "clock", clocks);
		break;
	case TYPE_CGROUP_PATH:
		type->size = 8;
		type->format = read_string(in, json, "controller", "");
		break;
	}
	return type;
}

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
			fail(in, "impossible bounds of", "lhist");
		break;
	case VALUE_TSERIES:
		value->interval_ns = read_u64(in, json, "intervalNs", UINT64_MAX);
		value->intervals = (uint32_t)read_u64(in, json, "intervals", 1 << 20);
		value->aggregate = (enum tseries_aggregate)read_word(in, json, "aggregate", aggregates);
		value->is_signed = read_bool(in, json, "signed");
		value->size = value->intervals * 24; /* {value, meta, epoch} each */
		if (!value->interval_ns || !value->intervals)
			fail(in, "impossible bounds of", "tseries");
		break;
	}
}

static void read_maps(struct reader *in, json_t *root, struct manifest *manifest)
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

static const char *const event_kinds[] = {
	"printf", "errorf", "warnf", "print_value", "print_map", "print_map_element", "clear", "zero", "time", "join",
	"system", "cat", "exit", "runtime_error", "skboutput", "unwatch", NULL,
};

/* How many arguments a kind takes: -1 any. */
static const int event_arg_counts[EVENT_KIND_COUNT] = {
	[EVENT_PRINTF] = -1, [EVENT_ERRORF] = -1, [EVENT_WARNF] = -1,      [EVENT_SYSTEM] = -1,    [EVENT_CAT] = -1,
	[EVENT_PRINT_VALUE] = 1, [EVENT_PRINT_MAP] = 2, [EVENT_PRINT_MAP_ELEMENT] = 2, [EVENT_JOIN] = 1, [EVENT_EXIT] = 1,
	[EVENT_RUNTIME_ERROR] = 1, [EVENT_SKBOUTPUT] = -1, [EVENT_UNWATCH] = 1,
};

static bool needs_map(enum event_kind kind)
{
	return kind == EVENT_PRINT_MAP || kind == EVENT_PRINT_MAP_ELEMENT || kind == EVENT_CLEAR || kind == EVENT_ZERO;
}

static bool takes_arguments_by_format(enum event_kind kind)
{
	return kind == EVENT_PRINTF || kind == EVENT_ERRORF || kind == EVENT_WARNF || kind == EVENT_SYSTEM ||
	       kind == EVENT_CAT;
}

static void check_event(struct reader *in, struct manifest_event *event)
{
	const struct type *first = event->arg_count ? event->args[0].type : NULL;
	int want = event_arg_counts[event->kind];

	if (event->size < 4)
		fail(in, "impossible size of event", event_kinds[event->kind]);
	if (want >= 0 && event->arg_count != (size_t)want)
		fail(in, "wrong number of arguments of event", event_kinds[event->kind]);
	if (needs_map(event->kind) != (event->map >= 0))
		fail(in, "wrong map of event", event_kinds[event->kind]);
	if (in->failed)
		return;
	if (takes_arguments_by_format(event->kind)) {
		struct format *format = format_compile(in->arena, event->format);

		if (format->spec_count > event->arg_count)
			fail(in, "too few arguments for format", event->format);
		event->compiled = format;
	}
	if (event->kind == EVENT_JOIN && (first->kind != TYPE_ARRAY || first->element->kind != TYPE_STRING))
		fail(in, "wrong argument of event", "join");
	if (event->kind == EVENT_EXIT || event->kind == EVENT_RUNTIME_ERROR || event->kind == EVENT_PRINT_MAP)
		for (size_t i = 0; i < event->arg_count; i++)
			if (event->args[i].type->kind != TYPE_INT)
				fail(in, "wrong argument of event", event_kinds[event->kind]);
}

static void read_events(struct reader *in, json_t *root, struct manifest *manifest)
{
	json_t *array = read_array(in, root, "events", &manifest->event_count);

	manifest->events = arena_allocate(in->arena, manifest->event_count * sizeof(*manifest->events));
	for (size_t i = 0; i < manifest->event_count && !in->failed; i++) {
		json_t *json = json_array_get(array, i);
		struct manifest_event *event = &manifest->events[i];
		int64_t map;

		event->kind = (enum event_kind)read_word(in, json, "kind", event_kinds);
		event->size = (uint32_t)read_u64(in, json, "size", MAX_SIZE);
		event->format = read_string(in, json, "format", "");
		event->place = read_string(in, json, "place", "");
		event->args = read_members(in, json, "args", event->size, &event->arg_count, 0);
		map = json_object_get(json, "map") ? read_i64(in, json, "map") : -1;
		if (map < -1 || map >= (int64_t)manifest->map_count)
			fail(in, "no such map:", "map");
		event->map = (int)map;
		if (!in->failed)
			check_event(in, event);
	}
}

static const char *const attach_kinds[] = {
	"begin", "end", "signal", "interval", "profile", "perf", "tracepoint", "raw_tracepoint", "kprobe", "kprobe_multi",
	"fentry", "uprobe", "uprobe_multi", "usdt", "watchpoint", "iter", "test", "bench", NULL,
};

static uint64_t *read_numbers(struct reader *in, json_t *object, const char *key, size_t *count)
{
	json_t *array = read_array(in, object, key, count);
	uint64_t *numbers = arena_allocate(in->arena, *count * sizeof(*numbers));
	bool negative;

	for (size_t i = 0; i < *count && !in->failed; i++)
		if (!parse_number(json_array_get(array, i), &numbers[i], &negative) || negative)
			fail(in, "no number in range", key);
	return numbers;
}

static void read_functions(struct reader *in, json_t *json, struct manifest_attach *attach)
{
	json_t *array = read_array(in, json, "functions", &attach->target_count);

	attach->functions = arena_allocate(in->arena, attach->target_count * sizeof(*attach->functions));
	for (size_t i = 0; i < attach->target_count && !in->failed; i++) {
		const char *name = json_string_value(json_array_get(array, i));

		if (!name)
			fail(in, "no text in", "functions");
		else
			attach->functions[i] = arena_string(in->arena, name, strlen(name));
	}
}

static int read_pid(struct reader *in, json_t *json)
{
	int64_t pid = read_i64(in, json, "pid");

	/* PID_MAX_LIMIT of include/linux/threads.h. */
	if (pid < -1 || pid > 4 * 1024 * 1024)
		fail(in, "no number in range", "pid");
	return (int)pid;
}

static void read_attach(struct reader *in, json_t *json, struct manifest_attach *attach)
{
	const char *cookie = json_string_value(json_object_get(json, "cookie"));
	size_t cookies;

	attach->kind = (enum attach_kind)read_word(in, json, "kind", attach_kinds);
	attach->probe = read_string(in, json, "probe", NULL);
	attach->line = (uint32_t)read_u64_or(in, json, "line", UINT32_MAX, 0);
	attach->column = (uint32_t)read_u64_or(in, json, "column", UINT32_MAX, 0);
	if (cookie && *cookie) {
		attach->cookie = read_u64(in, json, "cookie", UINT64_MAX);
		attach->has_cookie = true;
	}
	if (in->failed)
		return;
	switch (attach->kind) {
	case ATTACH_BEGIN:
	case ATTACH_END:
	case ATTACH_TEST:
	case ATTACH_BENCH:
	case ATTACH_KIND_COUNT:
		break;
	case ATTACH_SIGNAL:
		attach->signal = (int)read_u64(in, json, "signal", 64);
		break;
	case ATTACH_INTERVAL:
		attach->period_ns = read_u64(in, json, "periodNs", INT64_MAX);
		if (!attach->period_ns)
			fail(in, "no number in range", "periodNs");
		break;
	case ATTACH_PROFILE:
		attach->frequency = read_u64(in, json, "frequency", UINT64_MAX);
		attach->period_ns = read_u64(in, json, "periodNs", UINT64_MAX);
		break;
	case ATTACH_PERF:
		attach->perf_type = (uint32_t)read_u64(in, json, "type", UINT32_MAX);
		attach->perf_config = read_u64(in, json, "config", UINT64_MAX);
		attach->perf_period = read_u64(in, json, "period", UINT64_MAX);
		break;
	case ATTACH_TRACEPOINT:
		attach->category = read_string(in, json, "category", NULL);
		attach->name = read_string(in, json, "event", NULL);
		break;
	case ATTACH_RAW_TRACEPOINT:
		attach->name = read_string(in, json, "name", NULL);
		attach->btf_id = (uint32_t)read_u64_or(in, json, "btfId", INT32_MAX, 0);
		break;
	case ATTACH_KPROBE:
	case ATTACH_FENTRY:
		attach->name = read_string(in, json, "function", NULL);
		attach->module = read_string(in, json, "module", "");
		attach->is_return = read_bool(in, json, "return");
		attach->offset = read_u64_or(in, json, "offset", UINT32_MAX, 0);
		attach->btf_id = (uint32_t)read_u64_or(in, json, "btfId", INT32_MAX, 0);
		break;
	case ATTACH_KPROBE_MULTI:
		attach->is_return = read_bool(in, json, "return");
		read_functions(in, json, attach);
		break;
	case ATTACH_UPROBE:
		attach->path = read_string(in, json, "path", NULL);
		attach->name = read_string(in, json, "symbol", "");
		attach->offset = read_u64(in, json, "fileOffset", INT64_MAX);
		attach->is_return = read_bool(in, json, "return");
		attach->pid = read_pid(in, json);
		break;
	case ATTACH_UPROBE_MULTI:
		attach->path = read_string(in, json, "path", NULL);
		attach->is_return = read_bool(in, json, "return");
		attach->pid = read_pid(in, json);
		attach->offsets = read_numbers(in, json, "fileOffsets", &attach->target_count);
		attach->cookies = read_numbers(in, json, "cookies", &cookies);
		if (!cookies)
			attach->cookies = NULL;
		else if (cookies != attach->target_count)
			fail(in, "not one for each offset:", "cookies");
		break;
	case ATTACH_USDT:
		attach->path = read_string(in, json, "path", NULL);
		attach->name = read_string(in, json, "name", NULL);
		attach->offset = read_u64(in, json, "fileOffset", INT64_MAX);
		/* The kernel takes it in the upper half of perf_event_attr.config: 32 bits. */
		attach->semaphore = read_u64(in, json, "semaphoreOffset", UINT32_MAX);
		attach->pid = read_pid(in, json);
		break;
	case ATTACH_WATCHPOINT:
		attach->address = read_u64(in, json, "address", UINT64_MAX);
		attach->length = (uint32_t)read_u64(in, json, "length", 8);
		attach->mode = read_string(in, json, "mode", NULL);
		attach->pid = read_pid(in, json);
		break;
	case ATTACH_ITER:
		attach->target = read_string(in, json, "target", NULL);
		attach->pin = read_string(in, json, "pin", "");
		break;
	}
}

static void read_programs(struct reader *in, json_t *root, struct manifest *manifest)
{
	json_t *array = read_array(in, root, "programs", &manifest->program_count);

	manifest->programs = arena_allocate(in->arena, manifest->program_count * sizeof(*manifest->programs));
	for (size_t i = 0; i < manifest->program_count && !in->failed; i++) {
		json_t *json = json_array_get(array, i), *list;
		struct manifest_program *program = &manifest->programs[i];
		struct manifest_attach *attach;

		program->name = read_string(in, json, "name", NULL);
		list = read_array(in, json, "attach", &program->attach_count);
		attach = arena_allocate(in->arena, program->attach_count * sizeof(*attach));
		for (size_t j = 0; j < program->attach_count && !in->failed; j++)
			read_attach(in, json_array_get(list, j), &attach[j]);
		program->attach = attach;
	}
}

static const char *const missing_words[] = { "ignore", "warn", "error", NULL };

static void read_config(struct reader *in, json_t *json, struct manifest_config *config)
{
	config->print_maps_on_exit = read_bool(in, json, "printMapsOnExit");
	config->max_map_keys = read_u64(in, json, "maxMapKeys", UINT64_MAX);
	config->stack_mode = (enum stack_mode)read_word(in, json, "stackMode", stack_modes);
	config->cpp_demangle = read_bool(in, json, "cppDemangle");
	config->lazy_symbolication = read_bool(in, json, "lazySymbolication");
	config->show_debug_info = read_bool_or(json, "showDebugInfo", false);
	config->max_strlen = read_u64(in, json, "maxStrlen", MAX_SIZE);
	config->max_cat_bytes = read_u64_or(in, json, "maxCatBytes", MAX_SIZE, 10240);
	config->str_trunc_trailer = read_string(in, json, "strTruncTrailer", "..");
	config->missing_probes = read_word(in, json, "missingProbes", missing_words);
}

static void read_rest(struct reader *in, json_t *root, struct manifest *manifest)
{
	json_t *runtime = json_object_get(root, "runtime"), *needs = json_object_get(root, "needs");
	json_t *kernel = json_object_get(needs, "kernel");

	manifest->tsbt = read_string(in, root, "tsbt", "?");
	manifest->script = read_string(in, root, "script", "");
	manifest->ringbuf = read_string(in, runtime, "ringbuf", "");
	manifest->lost = read_string(in, runtime, "lost", "");
	manifest->map_full = read_string(in, runtime, "mapFull", "");
	manifest->state = read_string(in, runtime, "state", "");
	manifest->needs_unsafe = read_bool_or(needs, "unsafe", false);
	manifest->kernel_major = (uint32_t)json_integer_value(json_array_get(kernel, 0));
	manifest->kernel_minor = (uint32_t)json_integer_value(json_array_get(kernel, 1));
	if (manifest->event_count && !*manifest->ringbuf)
		fail(in, "events, but no", "ringbuf");
}

struct manifest *manifest_parse(const char *json, size_t length, struct text *why, bool *newer)
{
	struct manifest *manifest = allocate_zeroed(1, sizeof(*manifest));
	struct reader in = { .arena = &manifest->arena, .why = why };
	json_error_t error;
	json_t *root = json_loadb(json, length, JSON_REJECT_DUPLICATES, &error), *schema;

	*newer = false;
	if (!root) {
		text_format(why, "its manifest is not JSON: %s", error.text);
		in.failed = true;
		goto out;
	}
	schema = json_object_get(root, "schema");
	if (!json_is_integer(schema) || json_integer_value(schema) != MANIFEST_SCHEMA) {
		*newer = json_is_integer(schema) && json_integer_value(schema) > MANIFEST_SCHEMA;
		fail(&in, "unknown", "schema");
		goto out;
	}
	read_maps(&in, root, manifest);
	if (!in.failed)
		read_events(&in, root, manifest);
	if (!in.failed)
		read_programs(&in, root, manifest);
	if (!in.failed)
		read_config(&in, json_object_get(root, "config"), &manifest->config);
	if (!in.failed)
		read_rest(&in, root, manifest);
out:
	json_decref(root);
	if (in.failed) {
		manifest_free(manifest);
		return NULL;
	}
	return manifest;
}

void manifest_free(struct manifest *manifest)
{
	if (!manifest)
		return;
	arena_free(&manifest->arena);
	free(manifest);
}
