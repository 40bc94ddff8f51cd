/*
 * Reading a manifest's JSON. A reader remembers that something was wrong, and what first; every function then goes on
 * and returns something harmless, so that callers check `failed` only before they use what was read.
 */
#ifndef TSBT_JSON_READER_H
#define TSBT_JSON_READER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

struct arena_block;

/* Bounds that no honest object reaches; they keep all later arithmetic within 32 bits. */
#define MAX_SIZE (1u << 26)
#define MAX_COUNT (1u << 20)
#define MAX_DEPTH 32

struct reader {
	struct arena_block **arena;
	struct text *why;
	bool failed;
};

/* Says what is wrong with `key`, unless something was wrong before; returns false. */
bool read_fail(struct reader *in, const char *what, const char *key);
/* `otherwise`: NULL if the text must be there. */
const char *read_string(struct reader *in, json_t *object, const char *key, const char *otherwise);
/* A JSON integer, or decimal text where 53 bits do not do. */
bool read_number(json_t *value, uint64_t *out, bool *negative);
uint64_t read_u64(struct reader *in, json_t *object, const char *key, uint64_t most);
uint64_t read_u64_or(struct reader *in, json_t *object, const char *key, uint64_t most, uint64_t otherwise);
int64_t read_i64(struct reader *in, json_t *object, const char *key);
bool read_bool(struct reader *in, json_t *object, const char *key);
bool read_bool_or(json_t *object, const char *key, bool otherwise);
/* Position of a text in a table of words; the table ends with NULL. */
int read_word(struct reader *in, json_t *object, const char *key, const char *const *words);
json_t *read_array(struct reader *in, json_t *object, const char *key, size_t *count);

#endif
