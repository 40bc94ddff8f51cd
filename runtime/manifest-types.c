#include "manifest-parts.h"

#include <string.h>

#include "arena.h"

const char *const stack_modes[] = { "bpftrace", "perf", "raw", "build_id", NULL };
static const char *const clocks[] = { "boot", "monotonic", "tai", "sw_tai", NULL };
static const char *const type_kinds[] = {
	"none", "int", "bool", "string", "buffer", "pointer", "enum", "array", "tuple", "record", "struct", "inet", "mac",
	"kstack", "ustack", "ksym", "usym", "username", "timestamp", "cgroup_path", "skb", NULL,
};


static bool power_size(uint32_t size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

struct member *read_members(struct reader *in, json_t *object, const char *key, uint32_t size, size_t *count,
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
			read_fail(in, "member outside of its container:", member->name);
		if (!bit)
			continue;
		member->bit_shift = (uint8_t)read_u64(in, bit, "shift", 63);
		member->bit_width = (uint8_t)read_u64(in, bit, "width", 64);
		if (!member->bit_width || (member->type->kind != TYPE_INT && member->type->kind != TYPE_ENUM &&
					   member->type->kind != TYPE_BOOL) ||
		    (uint32_t)member->bit_shift + member->bit_width > member->type->size * 8)
			read_fail(in, "impossible bit-field", member->name);
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

		if (!name || !read_number(json_array_get(pair, 1), &values[i].value, &negative)) {
			read_fail(in, "bad enumerator of", type->name);
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
		read_fail(in, "elements overlap in an", "array");
	size = type->length ? (uint64_t)type->stride * (type->length - 1) + type->element->size : 0;
	if (size > MAX_SIZE) {
		read_fail(in, "too large", "array");
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

const struct type *read_type(struct reader *in, json_t *json, unsigned depth)
{
	struct type *type = arena_allocate(in->arena, sizeof(*type));

	if (in->failed)
		return type;
	if (depth > MAX_DEPTH) {
		read_fail(in, "nested too deep:", "type");
		return type;
	}
	type->kind = (enum type_kind)read_word(in, json, "kind", type_kinds);
	type->name = "";
	if (in->failed)
		return type;
	switch (type->kind) {
	case TYPE_NONE:
		type->size = (uint32_t)read_u64_or(in, json, "size", MAX_SIZE, 0);
		break;
	case TYPE_SKB:
		break;
	case TYPE_INT:
	case TYPE_ENUM:
		type->size = (uint32_t)read_u64(in, json, "size", 8);
		type->is_signed = read_bool(in, json, "signed");
		if (!power_size(type->size))
			read_fail(in, "impossible", "size");
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
		type->is_array = type->kind == TYPE_STRING && read_bool_or(json, "array", false);
		if (type->kind == TYPE_BUFFER && type->size < 4)
			read_fail(in, "impossible", "size");
		break;
	case TYPE_POINTER:
	case TYPE_KSYM:
	case TYPE_USERNAME:
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
