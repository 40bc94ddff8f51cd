#include "json.h"

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

void json_text(struct text *out, const char *string, size_t length)
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

	if (!exact)
		text_char(out, '"');
	text_unsigned(out, number);
	if (!exact)
		text_char(out, '"');
}

void json_signed(struct text *out, int64_t number)
{
	double as_double = (double)number;
	bool exact = as_double < 9223372036854775808.0 && (int64_t)as_double == number;

	if (!exact)
		text_char(out, '"');
	text_signed(out, number);
	if (!exact)
		text_char(out, '"');
}
