/* -f folded: maps keyed by stacks as folded stacks. */
#ifndef TSBT_FOLDED_H
#define TSBT_FOLDED_H

#include "map-elements.h"

/* Is the map keyed by a stack, with a number for its value? */
bool folds(const struct manifest_map *map);
void folded_map(struct loader *loader, const struct manifest_map *map, const struct element *elements, size_t count,
		struct text *out);

#endif
