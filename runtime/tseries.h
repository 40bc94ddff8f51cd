/*
 * Time series: a ring of intervals, each {value, meta, epoch} of 64 bits once a CPU. An epoch is the number of an
 * interval since 1970; a slot of the ring belongs to the latest epoch any CPU has there. `meta` is what reducing needs:
 * the time of the last value when there is no aggregate, the number of values for avg.
 */
#ifndef TSBT_TSERIES_H
#define TSBT_TSERIES_H

#include <stddef.h>
#include <stdint.h>

#include "manifest.h"
#include "text.h"

/* The epochs to print: the same for all keys of a map, so that their lines can be compared. */
struct epochs {
	uint64_t first, last;
};

/* Combines the rings of all CPUs, `stride` bytes apart, into the first; returns its latest epoch, 0 if there is none. */
uint64_t tseries_reduce(const struct map_value *value, uint8_t *row, size_t stride, int cpus);
/* A graph, or "<no data>". `ring` is a reduced one. */
void tseries_text(const struct map_value *value, const uint8_t *ring, const struct epochs *epochs, struct text *out);
void tseries_json(const struct map_value *value, const uint8_t *ring, const struct epochs *epochs, struct text *out);

#endif
