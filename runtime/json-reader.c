#include "json-reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"

bool read_fail(struct reader *in, const char *what, const char *key)
{
	if (!in->failed)
		text_format(in->why, "%s `%s`", what, key);
	in->failed = true;
	return false;
}

const char *read_string(struct reader *in, json_t *object, const char *key, const char *otherwise)
{
	json_t *value = json_object_get(object, key);

	if (!json_is_string(value)) {
		if (otherwise && !value)
			return otherwise;
		read_fail(in, "no text", key);
		return "";
	}
	return arena_string(in->arena, json_string_value(value), json_string_length(value));
}

bool read_number(json_t *value, uint64_t *out, bool *negative)
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

uint64_t read_u64(struct reader *in, json_t *object, const char *key, uint64_t most)
{
	uint64_t value = 0;
	bool negative;

	if (!read_number(json_object_get(object, key), &value, &negative) || negative || value > most) {
		read_fail(in, "no number in range", key);
		return 0;
	}
	return value;
}

uint64_t read_u64_or(struct reader *in, json_t *object, const char *key, uint64_t most, uint64_t otherwise)
{
	return json_object_get(object, key) ? read_u64(in, object, key, most) : otherwise;
}

int64_t read_i64(struct reader *in, json_t *object, const char *key)
{
	uint64_t value = 0;
	bool negative;

	if (!read_number(json_object_get(object, key), &value, &negative) || (!negative && value > INT64_MAX)) {
		read_fail(in, "no number in range", key);
		return 0;
	}
	return (int64_t)value;
}

bool read_bool(struct reader *in, json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	if (!json_is_boolean(value))
		read_fail(in, "no truth value", key);
	return json_is_true(value);
}

bool read_bool_or(json_t *object, const char *key, bool otherwise)
{
	json_t *value = json_object_get(object, key);

	return value ? json_is_true(value) : otherwise;
}

int read_word(struct reader *in, json_t *object, const char *key, const char *const *words)
{
	const char *text = json_string_value(json_object_get(object, key));

	for (int i = 0; text && words[i]; i++)
		if (!strcmp(text, words[i]))
			return i;
	read_fail(in, "unknown word in", key);
	return 0;
}

json_t *read_array(struct reader *in, json_t *object, const char *key, size_t *count)
{
	json_t *array = json_object_get(object, key);

	*count = 0;
	if (!json_is_array(array) || json_array_size(array) > MAX_COUNT) {
		read_fail(in, "no list", key);
		return NULL;
	}
	*count = json_array_size(array);
	return array;
}
