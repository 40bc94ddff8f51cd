/* The parts of a manifest, each read by a file of its own. */
#ifndef TSBT_MANIFEST_PARTS_H
#define TSBT_MANIFEST_PARTS_H

#include "json-reader.h"
#include "manifest.h"

/* manifest-types.c */
extern const char *const stack_modes[];
const struct type *read_type(struct reader *in, json_t *json, unsigned depth);
/* Members of a tuple, record, struct or event; each must lie within `size` bytes. */
struct member *read_members(struct reader *in, json_t *object, const char *key, uint32_t size, size_t *count,
			    unsigned depth);

/* manifest-maps.c */
void read_maps(struct reader *in, json_t *root, struct manifest *manifest);

/* manifest-events.c: after the maps, which events name by number. */
void read_events(struct reader *in, json_t *root, struct manifest *manifest);
void read_failures(struct reader *in, json_t *root, struct manifest *manifest);

/* manifest-attach.c */
void read_programs(struct reader *in, json_t *root, struct manifest *manifest);

#endif
