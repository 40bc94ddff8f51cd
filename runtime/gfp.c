#include <inttypes.h>

#include "values.h"

/* Bits of gfp_t that have kept their place since 5.8 (include/linux/gfp_types.h). */
static const struct {
	uint64_t bit;
	const char *name;
} flags[] = {
	{ 1u << 0, "__GFP_DMA" }, { 1u << 1, "__GFP_HIGHMEM" }, { 1u << 2, "__GFP_DMA32" }, { 1u << 3, "__GFP_MOVABLE" },
	{ 1u << 4, "__GFP_RECLAIMABLE" }, { 1u << 5, "__GFP_HIGH" }, { 1u << 6, "__GFP_IO" }, { 1u << 7, "__GFP_FS" },
};

void gfp_flags_text(struct text *out, uint64_t value)
{
	bool first = true;

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		if (!(value & flags[i].bit))
			continue;
		text_format(out, "%s%s", first ? "" : "|", flags[i].name);
		value &= ~flags[i].bit;
		first = false;
	}
	if (value || first)
		text_format(out, "%s0x%" PRIx64, first ? "" : "|", value);
}
