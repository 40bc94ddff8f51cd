/* What the files of values-*.c share. */
#ifndef TSBT_VALUES_PARTS_H
#define TSBT_VALUES_PARTS_H

#include "values.h"

#define NS_PER_S 1000000000ll

/* values.c */
uint64_t values_divided(const struct type *type, uint64_t number, uint64_t by);
/* Bytes of a buffer that are used. */
size_t buffer_length(const struct type *type, const uint8_t *bytes);

/* values-looked-up.c */
void timestamp_text(struct values *values, const struct type *type, uint64_t ns, struct text *out);
void inet_text(const uint8_t *bytes, struct text *out);
void stack_text(struct values *values, const struct type *type, const uint8_t *bytes, struct text *out);
/* The binary of the uprobe that sits at this address, whose low bits loading does not change. */
const char *probed_at(struct values *values, uint64_t address);

#endif
