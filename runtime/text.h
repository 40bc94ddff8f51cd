/* A growing byte string. Everything that is printed is first built in one of these. */
#ifndef TSBT_TEXT_H
#define TSBT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *data; /* not terminated; see text_cstring */
	size_t length, capacity;
};

void text_free(struct text *text);
void text_clear(struct text *text);
void text_append(struct text *text, const void *bytes, size_t length);
void text_char(struct text *text, char c);
void text_fill(struct text *text, char c, size_t count);
void text_string(struct text *text, const char *string);
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Numbers, which most of what is printed consists of; `base` is 8, 10 or 16, `upper` for capital digits. */
void text_unsigned(struct text *text, uint64_t number);
void text_signed(struct text *text, int64_t number);
void text_digits(struct text *text, uint64_t number, unsigned base, bool upper);
/* Inserts `count` times `c` at `at`. */
void text_insert(struct text *text, size_t at, char c, size_t count);
/* The same bytes with a NUL behind; valid until the next change. */
const char *text_cstring(struct text *text);

/* Memory that is never refused: a loader that cannot get a few KiB says so and ends. */
void *allocate(size_t size);
void *allocate_zeroed(size_t count, size_t size);
void *reallocate(void *old, size_t size);
char *copy_string(const char *string);

#endif
