/* Pieces of a line of JSON. */
#ifndef TSBT_JSON_H
#define TSBT_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "text.h"

/* Bytes that are not UTF-8 become U+FFFD: the line stays JSON. */
void json_text(struct text *out, const char *bytes, size_t length);
/* JSON numbers are doubles: what does not fit one exactly is written as text. */
void json_unsigned(struct text *out, uint64_t number);
void json_signed(struct text *out, int64_t number);

#endif
