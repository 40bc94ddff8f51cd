/* Histograms of a map value, per CPU counts already added up. */
#ifndef TSBT_HISTOGRAM_H
#define TSBT_HISTOGRAM_H

#include <stdint.h>

#include "manifest.h"
#include "text.h"

/* Lines of "[lower, upper)  count |bar|"; nothing if all buckets are empty. `divide`: of hist only. */
void histogram_text(const struct map_value *value, const uint64_t *counts, uint64_t divide, struct text *out);
/* [{"min": 4, "max": 7, "count": 1}, …] in closed intervals. */
void histogram_json(const struct map_value *value, const uint64_t *counts, uint64_t divide, struct text *out);
uint64_t histogram_total(const struct map_value *value, const uint64_t *counts);

#endif
