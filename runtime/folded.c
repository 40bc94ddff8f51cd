/*
 * Maps keyed by stacks, as flame graph programs read them: one line an element, `outermost;...;innermost count`.
 * Frames of the kernel end in _[k]. What else stands in the key comes first: names, then numbers.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "folded.h"

static bool is_stack(const struct type *type)
{
	return type->kind == TYPE_KSTACK || type->kind == TYPE_USTACK;
}

static bool holds_stack(const struct type *key)
{
	for (size_t i = 0; i < key->member_count; i++)
		if (is_stack(key->members[i].type))
			return true;
	return is_stack(key);
}

bool folds(const struct manifest_map *map)
{
	const struct map_value *value = &map->value;
	bool number = value->kind == VALUE_PLAIN ? value->type->kind == TYPE_INT
						 : value->kind <= VALUE_AVG;

	return map->key && number && holds_stack(map->key);
}

static void separate(struct text *line)
{
	if (line->length)
		text_char(line, ';');
}

/* A name between separators: what separates is replaced. */
static void name_out(struct text *line, const char *name, size_t length)
{
	separate(line);
	for (size_t i = 0; i < length; i++)
		text_char(line, name[i] == ';' ? ':' : name[i] == '\n' ? ' ' : name[i]);
}

/* Length of a frame without the offset behind its symbol. */
static size_t symbol_length(const char *frame, size_t length)
{
	size_t end = length;

	while (end && isxdigit((unsigned char)frame[end - 1]))
		end--;
	if (end > 2 && end < length && frame[end - 1] == 'x')
		end -= 2;
	return end > 1 && end < length && frame[end - 1] == '+' ? end - 1 : length;
}

/* Frames stand on lines of their own, the innermost first: they are taken from the end. */
static void stack_out(struct values *values, const struct type *type, const uint8_t *bytes, struct text *line)
{
	struct text frames = { 0 };
	size_t end;

	values_text(values, type, bytes, 1, &frames);
	end = frames.length;
	while (end) {
		size_t begin = end;

		while (begin && frames.data[begin - 1] != '\n')
			begin--;
		for (size_t from = begin; from < end; from++) {
			if (isspace((unsigned char)frames.data[from]))
				continue;
			name_out(line, frames.data + from, symbol_length(frames.data + from, end - from));
			if (type->kind == TYPE_KSTACK)
				text_string(line, "_[k]");
			break;
		}
		end = begin ? begin - 1 : 0;
	}
	text_free(&frames);
}

static void word_out(struct values *values, const struct type *type, const uint8_t *bytes, struct text *line)
{
	struct text word = { 0 };

	values_text(values, type, bytes, 1, &word);
	if (word.length)
		name_out(line, word.data, word.length);
	text_free(&word);
}

/* Which of a key's members a pass over it writes, in the order of a stack from its outermost frame. */
enum part { PART_WORDS, PART_NUMBERS, PART_USER, PART_KERNEL, PART_COUNT };

static enum part part_of(const struct type *type)
{
	uint64_t number;
	uint8_t zero[8] = { 0 };

	if (type->kind == TYPE_USTACK)
		return PART_USER;
	if (type->kind == TYPE_KSTACK)
		return PART_KERNEL;
	return type->size <= sizeof(zero) && values_number(type, zero, &number) ? PART_NUMBERS : PART_WORDS;
}

static void key_out(struct values *values, const struct type *key, const uint8_t *bytes, struct text *line)
{
	if (is_stack(key)) {
		stack_out(values, key, bytes, line);
		return;
	}
	for (enum part part = 0; part < PART_COUNT; part++)
		for (size_t i = 0; i < key->member_count; i++) {
			const struct member *member = &key->members[i];

			if (part_of(member->type) == part)
				(is_stack(member->type) ? stack_out : word_out)(values, member->type,
										bytes + member->offset, line);
		}
}

void folded_map(struct loader *loader, const struct manifest_map *map, const struct element *elements, size_t count,
		struct text *out)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t number = elements[i].number;
		struct text line = { 0 };

		if (map->value.kind == VALUE_PLAIN)
			values_number(map->value.type, elements[i].value, &number);
		key_out(&loader->values, map->key, elements[i].key, &line);
		/* A sum of time may be below zero only through an overflow: such a width cannot be drawn. */
		if (line.length && (!map->value.is_signed || (int64_t)number >= 0)) {
			text_append(out, line.data, line.length);
			text_char(out, ' ');
			text_unsigned(out, number);
			text_char(out, '\n');
		}
		text_free(&line);
	}
}
