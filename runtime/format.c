#include "format.h"

#include <string.h>

#include "arena.h"
#include "manifest.h"
#include "values.h"

static const struct {
	const char *spelling;
	enum conversion conversion;
} conversions[] = {
	{ "rx", CONVERT_BYTES_HEX }, { "rh", CONVERT_BYTES }, { "gr", CONVERT_GFP }, { "r", CONVERT_BYTES_ESCAPED },
	{ "d", CONVERT_SIGNED }, { "i", CONVERT_SIGNED }, { "u", CONVERT_UNSIGNED }, { "o", CONVERT_OCTAL },
	{ "x", CONVERT_HEX }, { "X", CONVERT_HEX_UPPER }, { "c", CONVERT_CHAR }, { "p", CONVERT_POINTER },
	{ "s", CONVERT_STRING },
};

static uint8_t length_bits(const char **at)
{
	static const struct {
		const char *spelling;
		uint8_t bits;
	} lengths[] = { { "hh", 8 }, { "h", 16 },  { "ll", 64 }, { "l", 64 },
			{ "j", 64 }, { "z", 64 }, { "t", 64 },  { "L", 32 } };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		size_t length = strlen(lengths[i].spelling);

		if (!strncmp(*at, lengths[i].spelling, length)) {
			*at += length;
			return lengths[i].bits;
		}
	}
	/* As C's int: a wider number is cut. */
	return 32;
}

static uint32_t number(const char **at)
{
	uint32_t value = 0;

	while (**at >= '0' && **at <= '9' && value < 100000)
		value = value * 10 + (uint32_t)(*(*at)++ - '0');
	return value;
}

static bool flag(const char **at, char c)
{
	if (**at != c)
		return false;
	(*at)++;
	return true;
}

/* Reads one conversion behind the '%'; false if it is none. */
static bool read_spec(const char **at, struct conversion_spec *spec)
{
	const char *from = *at;

	/* Flags in any order, as C allows. */
	for (bool more = true; more;) {
		more = false;
		if (flag(&from, '-'))
			more = spec->left = true;
		if (flag(&from, '+'))
			more = spec->show_sign = true;
		if (flag(&from, ' '))
			more = true;
		if (flag(&from, '#'))
			more = spec->alternate = true;
		if (flag(&from, '0'))
			more = spec->zeros = true;
	}
	/* A star takes no argument and sets nothing, and a precision is only for floating point, which BPF lacks. */
	if (!flag(&from, '*'))
		spec->width = number(&from);
	if (flag(&from, '.') && !flag(&from, '*'))
		number(&from);
	spec->bits = length_bits(&from);
	for (size_t i = 0; i < sizeof(conversions) / sizeof(*conversions); i++) {
		size_t length = strlen(conversions[i].spelling);

		if (!strncmp(from, conversions[i].spelling, length)) {
			spec->conversion = conversions[i].conversion;
			*at = from + length;
			return true;
		}
	}
	return false;
}

struct format *format_compile(struct arena_block **arena, const char *text)
{
	struct format *format = arena_allocate(arena, sizeof(*format));
	size_t most = 0;
	struct text literal = { 0 };

	for (const char *at = text; *at; at++)
		most += *at == '%';
	format->specs = arena_allocate(arena, (most + 1) * sizeof(*format->specs));
	for (const char *at = text; *at;) {
		struct conversion_spec spec = { 0 };

		if (*at != '%') {
			text_char(&literal, *at++);
			continue;
		}
		at++;
		if (*at == '%') {
			text_char(&literal, *at++);
			continue;
		}
		if (!read_spec(&at, &spec)) {
			text_char(&literal, '%');
			continue;
		}
		spec.before = arena_string(arena, literal.data ? literal.data : "", literal.length);
		spec.before_length = literal.length;
		text_clear(&literal);
		format->specs[format->spec_count++] = spec;
	}
	format->rest = arena_string(arena, literal.data ? literal.data : "", literal.length);
	format->rest_length = literal.length;
	text_free(&literal);
	return format;
}

/* Fills up to the width on one side; zeroes stand in front of a sign too, as bpftrace's streams put them. */
static void pad(const struct conversion_spec *spec, size_t from, struct text *out)
{
	size_t length = out->length - from;
	char fill = spec->zeros ? '0' : ' ';

	if (length >= spec->width)
		return;
	if (spec->left)
		text_fill(out, fill, spec->width - length);
	else
		text_insert(out, from, fill, spec->width - length);
}

static uint64_t cut(uint64_t value, uint8_t bits)
{
	return bits >= 64 ? value : value & ((1ull << bits) - 1);
}

static int64_t cut_signed(uint64_t value, uint8_t bits)
{
	return bits >= 64 ? (int64_t)value : (int64_t)(value << (64 - bits)) >> (64 - bits);
}

static void number_text(const struct conversion_spec *spec, uint64_t value, struct text *out)
{
	uint64_t number = cut(value, spec->bits);

	switch (spec->conversion) {
	case CONVERT_SIGNED:
		if (spec->show_sign && cut_signed(value, spec->bits) >= 0)
			text_char(out, '+');
		text_signed(out, cut_signed(value, spec->bits));
		break;
	case CONVERT_UNSIGNED:
		text_unsigned(out, number);
		break;
	case CONVERT_OCTAL:
		if (spec->alternate && number)
			text_char(out, '0');
		text_digits(out, number, 8, false);
		break;
	case CONVERT_HEX:
	case CONVERT_HEX_UPPER:
		if (spec->alternate && number)
			text_string(out, spec->conversion == CONVERT_HEX ? "0x" : "0X");
		text_digits(out, number, 16, spec->conversion == CONVERT_HEX_UPPER);
		break;
	case CONVERT_POINTER:
		if (value)
			text_string(out, "0x");
		text_digits(out, value, 16, false);
		break;
	case CONVERT_CHAR:
		text_char(out, (char)value);
		break;
	default:
		break;
	}
}

static void bytes_of(const struct type *type, const uint8_t *bytes, const uint8_t **data, size_t *length)
{
	if (type->kind == TYPE_BUFFER) {
		uint64_t stored = values_load(bytes, 4);

		*data = bytes + 4;
		*length = stored < type->size - 4 ? stored : type->size - 4;
		return;
	}
	*data = bytes;
	*length = type->kind == TYPE_STRING ? strnlen((const char *)bytes, type->size) : type->size;
}

/* The value as a number; what is none but fits in one (a kernel symbol) counts by its bytes. */
static bool number_of(const struct type *type, const uint8_t *bytes, uint64_t *value)
{
	if (values_number(type, bytes, value))
		return true;
	if (!type->size || type->size > 8)
		return false;
	*value = values_load(bytes, type->size);
	return true;
}

static void convert(const struct conversion_spec *spec, struct values *values, const struct type *type,
		    const uint8_t *bytes, struct text *out)
{
	size_t from = out->length, length;
	const uint8_t *data;
	uint64_t value;

	switch (spec->conversion) {
	case CONVERT_STRING:
		values_text(values, type, bytes, 1, out);
		break;
	case CONVERT_BYTES:
	case CONVERT_BYTES_ESCAPED:
	case CONVERT_BYTES_HEX:
		bytes_of(type, bytes, &data, &length);
		bytes_text(out, data, length, spec->conversion == CONVERT_BYTES_ESCAPED, spec->conversion != CONVERT_BYTES);
		break;
	default:
		if (!number_of(type, bytes, &value))
			values_text(values, type, bytes, 1, out);
		else if (spec->conversion == CONVERT_GFP)
			gfp_flags_text(out, value);
		else
			number_text(spec, value, out);
	}
	pad(spec, from, out);
}

void format_apply(const struct format *format, struct values *values, const struct member *args, size_t arg_count,
		  const uint8_t *record, struct text *out)
{
	uint8_t room[8];

	for (size_t i = 0; i < format->spec_count; i++) {
		const struct conversion_spec *spec = &format->specs[i];

		text_append(out, spec->before, spec->before_length);
		if (i < arg_count)
			convert(spec, values, args[i].type, values_member(&args[i], record, room), out);
	}
	text_append(out, format->rest, format->rest_length);
}
