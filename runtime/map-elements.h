/* A map's elements: read from the kernel, reduced over all CPUs, sorted. */
#ifndef TSBT_MAP_ELEMENTS_H
#define TSBT_MAP_ELEMENTS_H

#include "loader.h"

/* All elements of a map as the kernel gives them: keys and values behind each other. */
struct contents {
	uint8_t *keys, *values;
	size_t count, room;
	size_t key_size, row; /* row: a value, all CPUs' of a per-CPU map */
};

/* One element ready to be sorted and printed. */
struct element {
	const uint8_t *key;
	uint8_t *value;   /* plain, or u64 buckets of a histogram */
	uint64_t number;  /* count, sum, min, max, avg; total of a histogram */
	uint64_t count, total;
};

/* Bytes of one element's value as the kernel gives it. */
size_t row_size(const struct loader *loader, const struct loaded_map *map);

void read_contents(const struct loader *loader, const struct loaded_map *map, struct contents *contents);
void free_contents(struct contents *contents);
/* Adds up what each CPU has. False if nothing was ever stored. */
bool reduce_element(const struct loader *loader, const struct loaded_map *map, uint8_t *row, struct element *element);

/* In the order they print. */
void sort_elements(const struct manifest_map *map, struct element *elements, size_t count);

#endif
