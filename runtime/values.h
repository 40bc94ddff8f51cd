/* Bytes of a map or an event, by their manifest type, as text or JSON. */
#ifndef TSBT_VALUES_H
#define TSBT_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include "manifest.h"
#include "text.h"

struct kernel_symbols;
struct user_symbols;

struct values {
	const struct manifest *manifest;
	struct kernel_symbols *kernel;
	struct user_symbols *user;
	/* Frames of stack `id` of the map `symbol`, `frame_size` bytes each, at most `depth`; returns how many. A frame whose
	   first word is zero ends them. */
	size_t (*read_stack)(void *object, const char *symbol, uint64_t id, void *frames, size_t frame_size, size_t depth);
	void *object;
	/* Nanoseconds to add to a clock to get the time of day. */
	int64_t boot_offset, monotonic_offset, tai_offset;
};

/* Fills in the clock offsets. */
void values_start(struct values *values, const struct manifest *manifest);

/* `divide` is print()'s third argument: integers are divided by it; 1 leaves them. */
void values_text(struct values *values, const struct type *type, const uint8_t *bytes, uint64_t divide, struct text *out);
void values_json(struct values *values, const struct type *type, const uint8_t *bytes, uint64_t divide, struct text *out);

/* A member of a container that starts at `container`; bit-fields are shifted out. `room` keeps the value of one. */
const uint8_t *values_member(const struct member *member, const uint8_t *container, uint8_t room[8]);

/* Integer, truth value, pointer or enumerator; false for what is no number. Signed ones are sign-extended. */
bool values_number(const struct type *type, const uint8_t *bytes, uint64_t *number);

/* `by` 0 and 1 leave the number; signed division wraps where its result has no room. */
uint64_t number_divided(uint64_t number, uint64_t by, bool is_signed);

uint64_t values_load(const uint8_t *bytes, uint32_t size);

/* Printable bytes stand for themselves if `ascii`; others as \xNN if `escape`, else as NN with blanks between. */
void bytes_text(struct text *out, const uint8_t *bytes, size_t length, bool ascii, bool escape);
void gfp_flags_text(struct text *out, uint64_t flags);

#endif
