#include <inttypes.h>

#include "values.h"

/* Bits of gfp_t where include/linux/gfp_types.h has had them since 6.9; older kernels differ in the upper ones. */
enum {
	DMA = 1u << 0, HIGHMEM = 1u << 1, DMA32 = 1u << 2, HIGH = 1u << 5, IO = 1u << 6, FS = 1u << 7, ZERO = 1u << 8,
	DIRECT_RECLAIM = 1u << 10, KSWAPD_RECLAIM = 1u << 11, WRITE = 1u << 12, NOWARN = 1u << 13,
	RETRY_MAYFAIL = 1u << 14, NOFAIL = 1u << 15, NORETRY = 1u << 16, MEMALLOC = 1u << 17, COMP = 1u << 18,
	NOMEMALLOC = 1u << 19, HARDWALL = 1u << 20, THISNODE = 1u << 21, ACCOUNT = 1u << 22, ZEROTAGS = 1u << 23,
	SKIP_ZERO = 1u << 24, SKIP_KASAN = 1u << 25, NO_OBJ_EXT = 1u << 26,
};

#define RECLAIM (DIRECT_RECLAIM | KSWAPD_RECLAIM)
#define KERNEL (RECLAIM | IO | FS)
#define USER (KERNEL | HARDWALL)
#define MOVABLE_USER (USER | HIGHMEM | SKIP_KASAN)
#define HUGE_LIGHT ((MOVABLE_USER | COMP | NOMEMALLOC | NOWARN) & ~RECLAIM)

/* In the order of the kernel's own names (include/trace/events/mmflags.h): what a name covers is not said again. */
static const struct {
	uint32_t bits;
	const char *name;
} flags[] = {
	{ HUGE_LIGHT | DIRECT_RECLAIM, "GFP_TRANSHUGE" },
	{ HUGE_LIGHT, "GFP_TRANSHUGE_LIGHT" },
	{ MOVABLE_USER, "GFP_HIGHUSER_MOVABLE" },
	{ USER | HIGHMEM, "GFP_HIGHUSER" },
	{ USER, "GFP_USER" },
	{ KERNEL | ACCOUNT, "GFP_KERNEL_ACCOUNT" },
	{ KERNEL, "GFP_KERNEL" },
	{ RECLAIM | IO, "GFP_NOFS" },
	{ HIGH | KSWAPD_RECLAIM, "GFP_ATOMIC" },
	{ RECLAIM, "GFP_NOIO" },
	{ KSWAPD_RECLAIM | NOWARN, "GFP_NOWAIT" },
	{ DMA, "GFP_DMA" },
	{ HIGHMEM, "__GFP_HIGHMEM" },
	{ DMA32, "GFP_DMA32" },
	{ HIGH, "__GFP_HIGH" },
	{ IO, "__GFP_IO" },
	{ FS, "__GFP_FS" },
	{ ZERO, "__GFP_ZERO" },
	{ DIRECT_RECLAIM, "__GFP_DIRECT_RECLAIM" },
	{ KSWAPD_RECLAIM, "__GFP_KSWAPD_RECLAIM" },
	{ WRITE, "__GFP_WRITE" },
	{ NOWARN, "__GFP_NOWARN" },
	{ RETRY_MAYFAIL, "__GFP_RETRY_MAYFAIL" },
	{ NOFAIL, "__GFP_NOFAIL" },
	{ NORETRY, "__GFP_NORETRY" },
	{ MEMALLOC, "__GFP_MEMALLOC" },
	{ COMP, "__GFP_COMP" },
	{ NOMEMALLOC, "__GFP_NOMEMALLOC" },
	{ HARDWALL, "__GFP_HARDWALL" },
	{ THISNODE, "__GFP_THISNODE" },
	{ ACCOUNT, "__GFP_ACCOUNT" },
	{ ZEROTAGS, "__GFP_ZEROTAGS" },
	{ SKIP_ZERO, "__GFP_SKIP_ZERO" },
	{ SKIP_KASAN, "__GFP_SKIP_KASAN" },
	{ NO_OBJ_EXT, "__GFP_NO_OBJ_EXT" },
};

void gfp_flags_text(struct text *out, uint64_t value)
{
	size_t from = out->length;

	if (!value)
		text_char(out, '0');
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		if ((value & flags[i].bits) != flags[i].bits)
			continue;
		text_format(out, "%s%s", out->length > from ? "|" : "", flags[i].name);
		value &= ~(uint64_t)flags[i].bits;
	}
	if (value)
		text_format(out, "%s0x%" PRIx64, out->length > from ? "|" : "", value);
}
