#include <inttypes.h>
#include <string.h>

#include "json.h"
#include "values-parts.h"

static void members_json(struct values *values, const struct type *type, const uint8_t *bytes, uint64_t divide,
			 struct text *out)
{
	bool named = type->kind != TYPE_TUPLE;
	uint8_t room[8];

	text_char(out, named ? '{' : '[');
	for (size_t i = 0; i < type->member_count; i++) {
		const struct member *member = &type->members[i];

		if (i)
			text_string(out, named ? ", " : ",");
		if (named) {
			json_text(out, member->name, strlen(member->name));
			text_string(out, ": ");
		}
		values_json(values, member->type, values_member(member, bytes, room), divide, out);
	}
	text_char(out, named ? '}' : ']');
}

void values_json(struct values *values, const struct type *type, const uint8_t *bytes, uint64_t divide, struct text *out)
{
	struct text text = { 0 };
	uint64_t number = 0;

	switch (type->kind) {
	case TYPE_NONE:
	case TYPE_SKB:
	case TYPE_BOOL:
		values_text(values, type, bytes, divide, out);
		break;
	case TYPE_INT:
		values_number(type, bytes, &number);
		number = values_divided(type, number, divide);
		if (type->is_signed)
			json_signed(out, (int64_t)number);
		else
			json_unsigned(out, number);
		break;
	case TYPE_POINTER:
	case TYPE_ENUM:
		json_unsigned(out, values_load(bytes, type->size));
		break;
	case TYPE_BUFFER:
		text_char(out, '[');
		for (size_t i = 0; i < buffer_length(type, bytes); i++)
			text_format(out, i ? ",%d" : "%d", (int8_t)bytes[4 + i]);
		text_char(out, ']');
		break;
	case TYPE_ARRAY:
		text_char(out, '[');
		for (uint32_t i = 0; i < type->length; i++) {
			if (i)
				text_char(out, ',');
			values_json(values, type->element, bytes + (size_t)i * type->stride, divide, out);
		}
		text_char(out, ']');
		break;
	case TYPE_TUPLE:
	case TYPE_RECORD:
	case TYPE_STRUCT:
		members_json(values, type, bytes, divide, out);
		break;
	default:
		values_text(values, type, bytes, divide, &text);
		json_text(out, text.data, text.length);
		text_free(&text);
	}
}
