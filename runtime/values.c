#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "lookup.h"
#include "symbols-kernel.h"
#include "symbols-user.h"
#include "values-parts.h"

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

void values_start(struct values *values, const struct manifest *manifest)
{
	values->manifest = manifest;
	values->boot_offset = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME);
	values->tai_offset = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_TAI);
	values->monotonic_offset = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
}

uint64_t values_load(const uint8_t *bytes, uint32_t size)
{
	uint64_t value = 0;

	memcpy(&value, bytes, size < 8 ? size : 8);
	return value;
}

static uint64_t sign_extend(uint64_t value, unsigned bits)
{
	return bits >= 64 ? value : (uint64_t)((int64_t)(value << (64 - bits)) >> (64 - bits));
}

const uint8_t *values_member(const struct member *member, const uint8_t *container, uint8_t room[8])
{
	const uint8_t *bytes = container + member->offset;
	uint64_t value;

	if (!member->bit_width)
		return bytes;
	value = values_load(bytes, member->type->size) >> member->bit_shift;
	if (member->bit_width < 64)
		value &= (1ull << member->bit_width) - 1;
	/* Without a sign, as bpftrace reads them. */
	memcpy(room, &value, 8);
	return room;
}

bool values_number(const struct type *type, const uint8_t *bytes, uint64_t *number)
{
	switch (type->kind) {
	case TYPE_INT:
		*number = values_load(bytes, type->size);
		if (type->is_signed)
			*number = sign_extend(*number, type->size * 8);
		return true;
	case TYPE_ENUM:
	case TYPE_POINTER:
		*number = values_load(bytes, type->size);
		return true;
	case TYPE_BOOL:
		*number = *bytes != 0;
		return true;
	default:
		return false;
	}
}

uint64_t number_divided(uint64_t number, uint64_t by, bool is_signed)
{
	if (by < 2)
		return number;
	if (!is_signed)
		return number / by;
	/* The least number divided by -1 is more than the greatest. */
	return by == UINT64_MAX ? 0 - number : (uint64_t)((int64_t)number / (int64_t)by);
}

uint64_t values_divided(const struct type *type, uint64_t number, uint64_t by)
{
	/* A whole number of 32 bits, as in bpftrace; 2^32 is none, and divides nothing. */
	return number_divided(number, (uint32_t)by, type->is_signed);
}

static void enum_text(const struct type *type, uint64_t number, struct text *out)
{
	uint64_t mask = type->size < 8 ? (1ull << (type->size * 8)) - 1 : UINT64_MAX;

	for (size_t i = 0; i < type->value_count; i++)
		if ((type->values[i].value & mask) == number) {
			text_string(out, type->values[i].name);
			return;
		}
	text_unsigned(out, number);
}

static void string_text(struct values *values, const struct type *type, const uint8_t *bytes, struct text *out)
{
	size_t length = strnlen((const char *)bytes, type->size);

	text_append(out, bytes, length);
	/* A string that fills its room to the last byte has been cut. */
	if (length == type->size && length && !type->is_array)
		text_string(out, values->manifest->config.str_trunc_trailer);
}

void bytes_text(struct text *out, const uint8_t *bytes, size_t length, bool ascii, bool escape)
{
	for (size_t i = 0; i < length; i++) {
		if (ascii && bytes[i] >= 32 && bytes[i] <= 126)
			text_char(out, (char)bytes[i]);
		else if (escape)
			text_format(out, "\\x%02x", bytes[i]);
		else
			text_format(out, i + 1 == length ? "%02x" : "%02x ", bytes[i]);
	}
}

size_t buffer_length(const struct type *type, const uint8_t *bytes)
{
	uint64_t length = values_load(bytes, 4);

	return length < type->size - 4 ? length : type->size - 4;
}

static void members_text(struct values *values, const struct type *type, const uint8_t *bytes, uint64_t divide,
			 struct text *out)
{
	bool named = type->kind != TYPE_TUPLE;
	uint8_t room[8];

	if (named && !type->member_count) {
		text_string(out, "{}");
		return;
	}
	text_string(out, named ? "{ " : "(");
	for (size_t i = 0; i < type->member_count; i++) {
		const struct member *member = &type->members[i];

		if (i)
			text_string(out, ", ");
		if (named)
			{
			text_char(out, '.');
			text_string(out, member->name);
			text_string(out, " = ");
		}
		values_text(values, member->type, values_member(member, bytes, room), divide, out);
	}
	text_string(out, named ? " }" : ")");
}

void values_text(struct values *values, const struct type *type, const uint8_t *bytes, uint64_t divide, struct text *out)
{
	uint64_t number = 0;

	switch (type->kind) {
	case TYPE_NONE:
	case TYPE_SKB:
		text_string(out, "null");
		break;
	case TYPE_INT:
		values_number(type, bytes, &number);
		number = values_divided(type, number, divide);
		if (type->is_signed)
			text_signed(out, (int64_t)number);
		else
			text_unsigned(out, number);
		break;
	case TYPE_BOOL:
		text_string(out, *bytes ? "true" : "false");
		break;
	case TYPE_STRING:
		string_text(values, type, bytes, out);
		break;
	case TYPE_BUFFER:
		bytes_text(out, bytes + 4, buffer_length(type, bytes), true, true);
		break;
	case TYPE_POINTER:
		text_string(out, "0x");
		text_digits(out, values_load(bytes, 8), 16, false);
		break;
	case TYPE_ENUM:
		enum_text(type, values_load(bytes, type->size), out);
		break;
	case TYPE_ARRAY:
		text_char(out, '[');
		for (uint32_t i = 0; i < type->length; i++) {
			if (i)
				text_char(out, ',');
			values_text(values, type->element, bytes + (size_t)i * type->stride, divide, out);
		}
		text_char(out, ']');
		break;
	case TYPE_TUPLE:
	case TYPE_RECORD:
	case TYPE_STRUCT:
		members_text(values, type, bytes, divide, out);
		break;
	case TYPE_INET:
		inet_text(bytes, out);
		break;
	case TYPE_MAC:
		text_format(out, "%02X:%02X:%02X:%02X:%02X:%02X", bytes[0], bytes[1], bytes[2], bytes[3], bytes[4],
			    bytes[5]);
		break;
	case TYPE_KSTACK:
	case TYPE_USTACK:
		stack_text(values, type, bytes, out);
		break;
	case TYPE_KSYM:
		kernel_symbols_text(values->kernel, values_load(bytes, 8), false, out);
		break;
	case TYPE_USYM:
		user_symbols_text(values->user, values_load(bytes, 8), (uint32_t)values_load(bytes + 8, 4),
				  probed_at(values, values_load(bytes, 8)), out);
		break;
	case TYPE_USERNAME:
		lookup_user(values_load(bytes, 8), out);
		break;
	case TYPE_TIMESTAMP:
		timestamp_text(values, type, values_load(bytes, 8), out);
		break;
	case TYPE_CGROUP_PATH:
		lookup_cgroup(values_load(bytes, 8), type->format, out);
		break;
	}
}
