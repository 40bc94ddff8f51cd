/*
 * printf's format strings. A conversion is %[flags][width][.precision][length]X with C's flags and X one of
 * diouxXcsp, r, rx, rh, gr; anything else stands for itself. A number is cut to the width that the length says.
 */
#ifndef TSBT_FORMAT_H
#define TSBT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

struct arena_block;
struct member;
struct values;

enum conversion {
	CONVERT_SIGNED, CONVERT_UNSIGNED, CONVERT_OCTAL, CONVERT_HEX, CONVERT_HEX_UPPER, CONVERT_CHAR, CONVERT_POINTER,
	CONVERT_STRING, CONVERT_BYTES, CONVERT_BYTES_ESCAPED, CONVERT_BYTES_HEX, CONVERT_GFP,
};

struct conversion_spec {
	const char *before; /* text in front of it, %% already replaced */
	size_t before_length;
	enum conversion conversion;
	bool left, show_sign, alternate, zeros;
	uint32_t width;
	uint8_t bits; /* the number is cut to this width */
};

struct format {
	struct conversion_spec *specs;
	size_t spec_count;
	const char *rest;
	size_t rest_length;
};

struct format *format_compile(struct arena_block **arena, const char *format);
/* Appends the formatted arguments found in `record`. There may be fewer conversions than arguments, not more. */
void format_apply(const struct format *format, struct values *values, const struct member *args, size_t arg_count,
		  const uint8_t *record, struct text *out);

#endif
