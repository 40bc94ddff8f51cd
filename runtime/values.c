#include "values.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "lookup.h"
#include "symbols-kernel.h"
#include "symbols-user.h"

#define NS_PER_S 1000000000ll

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
	if (member->type->is_signed)
		value = sign_extend(value, member->bit_width);
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

static uint64_t divided(const struct type *type, uint64_t number, uint64_t by)
{
	if (by < 2)
		return number;
	return type->is_signed ? (uint64_t)((int64_t)number / (int64_t)(uint32_t)by) : number / by;
}

static void enum_text(const struct type *type, uint64_t number, struct text *out)
{
	uint64_t mask = type->size < 8 ? (1ull << (type->size * 8)) - 1 : UINT64_MAX;

	for (size_t i = 0; i < type->value_count; i++)
		if ((type->values[i].value & mask) == number) {
			text_string(out, type->values[i].name);
			return;
		}
	text_format(out, "%" PRIu64, number);
}

static void string_text(struct values *values, const struct type *type, const uint8_t *bytes, struct text *out)
{
	size_t length = strnlen((const char *)bytes, type->size);

	text_append(out, bytes, length);
	/* A string that fills its room to the last byte has been cut. */
	if (length == type->size && length)
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

static size_t buffer_length(const struct type *type, const uint8_t *bytes)
{
	uint64_t length = values_load(bytes, 4);

	return length < type->size - 4 ? length : type->size - 4;
}

/* strftime, and three conversions of bpftrace's: %f microseconds, %k nanoseconds, %l milliseconds. */
static void timestamp_text(struct values *values, const struct type *type, uint64_t ns, struct text *out)
{
	int64_t since_epoch = (int64_t)ns;
	struct text format = { 0 };
	char line[1024];
	struct tm local;
	time_t seconds;
	long rest;

	if (type->clock == CLOCK_NAME_BOOT)
		since_epoch += values->boot_offset;
	else if (type->clock == CLOCK_NAME_MONOTONIC)
		since_epoch += values->monotonic_offset;
	seconds = since_epoch / NS_PER_S;
	rest = (long)(since_epoch % NS_PER_S);
	if (rest < 0) {
		rest += NS_PER_S;
		seconds--;
	}
	if (!seconds || !localtime_r(&seconds, &local)) {
		text_string(out, "(?)");
		return;
	}
	for (const char *at = type->format; *at; at++) {
		if (at[0] == '%' && at[1] == 'f')
			text_format(&format, "%06ld", rest / 1000);
		else if (at[0] == '%' && at[1] == 'k')
			text_format(&format, "%09ld", rest);
		else if (at[0] == '%' && at[1] == 'l')
			text_format(&format, "%03ld", rest / 1000000);
		else if (at[0] == '%' && at[1])
			text_append(&format, at, 2);
		else {
			text_char(&format, *at);
			continue;
		}
		at++;
	}
	text_append(out, line, strftime(line, sizeof(line), text_cstring(&format), &local));
	text_free(&format);
}

static void inet_text(const uint8_t *bytes, struct text *out)
{
	char address[INET6_ADDRSTRLEN];
	uint64_t family = values_load(bytes, 4);

	if ((family == AF_INET || family == AF_INET6) && inet_ntop((int)family, bytes + 4, address, sizeof(address)))
		text_string(out, address);
}

static void frame_text(struct values *values, const struct type *type, uint64_t address, uint32_t tgid,
		       const char *binary, struct text *out)
{
	bool perf = type->mode == STACK_PERF;

	if (type->mode == STACK_RAW) {
		text_format(out, "%" PRIx64 "\n", address);
		return;
	}
	if (perf)
		text_format(out, "\t%" PRIx64 " ", address);
	else
		text_fill(out, ' ', 8);
	if (type->kind == TYPE_KSTACK)
		kernel_symbols_text(values->kernel, address, true, out);
	else
		user_symbols_text(values->user, address, tgid, binary, true, perf, out);
	text_char(out, '\n');
}

/* The binary of a `uprobe:path:symbol` probe, for processes that are gone. */
static const char *probed_binary(struct values *values, uint32_t program)
{
	const struct manifest_program *found;

	if (program >= values->manifest->program_count)
		return NULL;
	found = &values->manifest->programs[program];
	return found->attach_count == 1 ? found->attach[0].path : NULL;
}

/* The binary of the uprobe that sits at this address, whose low bits loading does not change. */
static const char *probed_at(struct values *values, uint64_t address)
{
	for (size_t i = 0; i < values->manifest->program_count; i++) {
		const struct manifest_program *program = &values->manifest->programs[i];

		for (size_t k = 0; k < program->attach_count; k++)
			if (program->attach[k].kind == ATTACH_UPROBE &&
			    (program->attach[k].offset & 4095) == (address & 4095))
				return program->attach[k].path;
	}
	return NULL;
}

static void stack_text(struct values *values, const struct type *type, const uint8_t *bytes, struct text *out)
{
	bool user = type->kind == TYPE_USTACK;
	int64_t id = (int64_t)values_load(bytes, 8);
	uint32_t tgid = user ? (uint32_t)values_load(bytes + 8, 4) : 0;
	const char *binary = user ? probed_binary(values, (uint32_t)values_load(bytes + 12, 4)) : NULL;
	uint64_t *frames = allocate_zeroed(type->depth, sizeof(*frames));
	size_t count = id < 0 || !values->read_stack
			       ? 0
			       : values->read_stack(values->object, type->map, id, frames, type->depth);

	text_char(out, '\n');
	for (size_t i = 0; i < count; i++)
		frame_text(values, type, frames[i], tgid, binary, out);
	free(frames);
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
			text_format(out, ".%s = ", member->name);
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
		number = divided(type, number, divide);
		text_format(out, type->is_signed ? "%" PRId64 : "%" PRIu64, number);
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
		text_format(out, "0x%" PRIx64, values_load(bytes, 8));
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
				  probed_at(values, values_load(bytes, 8)), false, false, out);
		break;
	case TYPE_USERNAME:
		lookup_user(values_load(bytes, 8), out);
		break;
	case TYPE_STRERROR:
		text_string(out, strerror((int)values_load(bytes, 8)));
		break;
	case TYPE_TIMESTAMP:
		timestamp_text(values, type, values_load(bytes, 8), out);
		break;
	case TYPE_CGROUP_PATH:
		lookup_cgroup(values_load(bytes, 8), type->format, out);
		break;
	}
}

/* Length of the UTF-8 sequence at `bytes`, 0 if there is none. */
static size_t utf8_length(const uint8_t *bytes, size_t left)
{
	size_t length = bytes[0] < 0x80 ? 1 : bytes[0] >= 0xc2 && bytes[0] < 0xe0 ? 2 :
			bytes[0] >= 0xe0 && bytes[0] < 0xf0 ? 3 : bytes[0] >= 0xf0 && bytes[0] < 0xf5 ? 4 : 0;

	if (length > left)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

/* Bytes that are not UTF-8 become U+FFFD: the line stays JSON. */
void json_string(struct text *out, const char *string, size_t length)
{
	const uint8_t *bytes = (const uint8_t *)string;

	text_char(out, '"');
	for (size_t i = 0; i < length;) {
		size_t sequence = utf8_length(bytes + i, length - i);

		if (!sequence) {
			text_string(out, "\\ufffd");
			i++;
			continue;
		}
		if (sequence > 1) {
			text_append(out, bytes + i, sequence);
			i += sequence;
			continue;
		}
		switch (bytes[i]) {
		case '"':
			text_string(out, "\\\"");
			break;
		case '\\':
			text_string(out, "\\\\");
			break;
		case '\n':
			text_string(out, "\\n");
			break;
		case '\r':
			text_string(out, "\\r");
			break;
		case '\t':
			text_string(out, "\\t");
			break;
		default:
			if (bytes[i] < 0x20)
				text_format(out, "\\u%04x", bytes[i]);
			else
				text_char(out, (char)bytes[i]);
		}
		i++;
	}
	text_char(out, '"');
}

void json_unsigned(struct text *out, uint64_t number)
{
	double as_double = (double)number;
	bool exact = as_double < 18446744073709551616.0 && (uint64_t)as_double == number;

	text_format(out, exact ? "%" PRIu64 : "\"%" PRIu64 "\"", number);
}

void json_signed(struct text *out, int64_t number)
{
	double as_double = (double)number;
	bool exact = as_double < 9223372036854775808.0 && (int64_t)as_double == number;

	text_format(out, exact ? "%" PRId64 : "\"%" PRId64 "\"", number);
}

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
			json_string(out, member->name, strlen(member->name));
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
		number = divided(type, number, divide);
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
		json_string(out, text.data, text.length);
		text_free(&text);
	}
}
