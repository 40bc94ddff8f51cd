#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *memory)
{
	if (!memory) {
		fputs("ERROR: out of memory\nCODE: TB6113\n", stderr);
		exit(1);
	}
	return memory;
}

void *allocate(size_t size)
{
	return checked(malloc(size ? size : 1));
}

void *allocate_zeroed(size_t count, size_t size)
{
	return checked(calloc(count ? count : 1, size ? size : 1));
}

void *reallocate(void *old, size_t size)
{
	return checked(realloc(old, size ? size : 1));
}

char *copy_string(const char *string)
{
	return checked(strdup(string));
}

static char *reserve(struct text *text, size_t more)
{
	if (text->length + more + 1 > text->capacity) {
		size_t capacity = text->capacity ? text->capacity * 2 : 256;

		while (capacity < text->length + more + 1)
			capacity *= 2;
		text->data = reallocate(text->data, capacity);
		text->capacity = capacity;
	}
	return text->data + text->length;
}

void text_free(struct text *text)
{
	free(text->data);
	*text = (struct text){ 0 };
}

void text_clear(struct text *text)
{
	text->length = 0;
}

void text_append(struct text *text, const void *bytes, size_t length)
{
	if (!length)
		return;
	memcpy(reserve(text, length), bytes, length);
	text->length += length;
}

void text_char(struct text *text, char c)
{
	*reserve(text, 1) = c;
	text->length++;
}

void text_fill(struct text *text, char c, size_t count)
{
	memset(reserve(text, count), c, count);
	text->length += count;
}

void text_string(struct text *text, const char *string)
{
	text_append(text, string, strlen(string));
}

void text_format(struct text *text, const char *format, ...)
{
	va_list args;
	int need;

	va_start(args, format);
	need = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (need <= 0)
		return;
	va_start(args, format);
	vsnprintf(reserve(text, (size_t)need), (size_t)need + 1, format, args);
	va_end(args);
	text->length += (size_t)need;
}

void text_digits(struct text *text, uint64_t number, unsigned base, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char room[24], *at = room + sizeof(room);

	do {
		*--at = digits[number % base];
		number /= base;
	} while (number);
	text_append(text, at, (size_t)(room + sizeof(room) - at));
}

void text_unsigned(struct text *text, uint64_t number)
{
	/* A base the compiler knows divides by multiplying. */
	char room[20], *at = room + sizeof(room);

	do {
		*--at = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	text_append(text, at, (size_t)(room + sizeof(room) - at));
}

void text_signed(struct text *text, int64_t number)
{
	if (number < 0)
		text_char(text, '-');
	text_unsigned(text, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

void text_insert(struct text *text, size_t at, char c, size_t count)
{
	reserve(text, count);
	memmove(text->data + at + count, text->data + at, text->length - at);
	memset(text->data + at, c, count);
	text->length += count;
}

const char *text_cstring(struct text *text)
{
	*reserve(text, 0) = '\0';
	return text->data;
}
