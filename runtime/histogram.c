#include "histogram.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "values.h"

#define BAR_WIDTH 52
#define HEADER_WIDTH 16

/*
 * Buckets of hist with k = `bits`: index 0 holds negative numbers, 1 + v the small numbers v < 2^(k+1), and from then
 * on every power of two is cut into 2^k equal parts. For index i above those, with n = 2^k: the part's size is
 * 2^((i >> k) - 1), and it starts at size * (n + (i & (n - 1))). Bucket i of the stored array has index i - 1 there.
 */
struct bucket {
	bool has_low, has_high; /* low <= x < high */
	int64_t low, high;
	uint64_t count;
};

static int64_t hist_start(uint32_t index, uint32_t bits)
{
	uint32_t n = 1u << bits;

	if (index <= 2 * n)
		return index;
	/* Behind the last bucket that numbers of 63 bits have, a forged manifest may have others: they wrap. */
	return (int64_t)((1ull << (((index >> bits) - 1) & 63)) * (n + (index & (n - 1))));
}

static struct bucket bucket_at(const struct map_value *value, const uint64_t *counts, uint32_t i, uint64_t divide)
{
	struct bucket bucket = { .count = counts[i] };

	if (value->kind == VALUE_HIST) {
		bucket.count /= divide ? divide : 1;
		bucket.has_low = i > 0;
		bucket.has_high = true;
		bucket.low = i ? hist_start(i - 1, value->bits) : 0;
		bucket.high = i ? hist_start(i, value->bits) : 0;
	} else {
		bucket.has_low = i > 0;
		bucket.low = value->min + ((int64_t)i - 1) * value->step;
		bucket.high = value->min + (int64_t)i * value->step;
		bucket.has_high = bucket.high <= value->max;
	}
	return bucket;
}

/* 4096 is 4K: hist marks the power of two a part belongs to, lhist whole multiples when its step is one. */
static void hist_label(const struct map_value *value, uint32_t index, int64_t number, struct text *out)
{
	static const char suffixes[] = "\0KMGTPE";
	uint32_t bits = value->bits, n = 1u << bits;

	if (index <= 2 * n) {
		text_format(out, "%" PRId64, number);
		return;
	}
	uint32_t power = (index >> bits) - 1, decade = power / 10;

	text_format(out, "%" PRIu64, ((uint64_t)1 << (power - 10 * decade)) * (n + (index & (n - 1))));
	if (suffixes[decade])
		text_char(out, suffixes[decade]);
}

static void lhist_label(const struct map_value *value, int64_t number, struct text *out)
{
	if (value->step % 1024 || !number)
		text_format(out, "%" PRId64, number);
	else if (number % (1024 * 1024) == 0)
		text_format(out, "%" PRId64 "M", number / (1024 * 1024));
	else if (number % 1024 == 0)
		text_format(out, "%" PRId64 "K", number / 1024);
	else
		text_format(out, "%" PRId64, number);
}

static void label(const struct map_value *value, uint32_t index, int64_t number, struct text *out)
{
	if (value->kind == VALUE_HIST)
		hist_label(value, index, number, out);
	else
		lhist_label(value, number, out);
}

static bool used_range(const struct map_value *value, const uint64_t *counts, uint32_t *first, uint32_t *last)
{
	bool found = false;

	for (uint32_t i = 0; i < value->buckets; i++) {
		if (!counts[i])
			continue;
		if (!found)
			*first = i;
		*last = i;
		found = true;
	}
	return found;
}

void histogram_text(const struct map_value *value, const uint64_t *counts, uint64_t divide, struct text *out)
{
	uint32_t first = 0, last = 0;
	uint64_t most = 0;

	if (!used_range(value, counts, &first, &last))
		return;
	for (uint32_t i = first; i <= last; i++) {
		uint64_t count = bucket_at(value, counts, i, divide).count;

		most = count > most ? count : most;
	}
	for (uint32_t i = first; i <= last; i++) {
		struct bucket bucket = bucket_at(value, counts, i, divide);
		/* In floats, as bpftrace computes it: the last column would differ otherwise. */
		int bar = most ? (int)((float)bucket.count / (float)most * BAR_WIDTH) : 0;
		size_t from = out->length;
		bool single = bucket.has_low && bucket.has_high && (uint64_t)bucket.high == (uint64_t)bucket.low + 1 &&
			      !(value->kind == VALUE_HIST && i > 2 * (1u << value->bits));

		text_string(out, bucket.has_low ? "[" : "(..., ");
		if (bucket.has_low)
			label(value, i - 1, bucket.low, out);
		if (single) {
			text_char(out, ']');
		} else if (!bucket.has_high) {
			text_string(out, ", ...)");
		} else {
			if (bucket.has_low)
				text_string(out, ", ");
			label(value, i, bucket.high, out);
			text_char(out, ')');
		}
		if (out->length - from < HEADER_WIDTH)
			text_fill(out, ' ', HEADER_WIDTH - (out->length - from));
		text_format(out, "%8" PRIu64 " |", bucket.count);
		text_fill(out, '@', (size_t)bar);
		text_fill(out, ' ', (size_t)(BAR_WIDTH - bar));
		text_string(out, "|\n");
	}
}

void histogram_json(const struct map_value *value, const uint64_t *counts, uint64_t divide, struct text *out)
{
	uint32_t first = 0, last = 0;
	bool any = used_range(value, counts, &first, &last);

	text_char(out, '[');
	for (uint32_t i = first; any && i <= last; i++) {
		struct bucket bucket = bucket_at(value, counts, i, divide);

		text_string(out, i > first ? ",{" : "{");
		if (bucket.has_low) {
			text_string(out, "\"min\": ");
			json_signed(out, bucket.low);
			text_string(out, ", ");
		}
		if (bucket.has_high) {
			text_string(out, "\"max\": ");
			json_signed(out, (int64_t)((uint64_t)bucket.high - 1));
			text_string(out, ", ");
		}
		text_format(out, "\"count\": %" PRIu64 "}", bucket.count);
	}
	text_char(out, ']');
}

uint64_t histogram_total(const struct map_value *value, const uint64_t *counts)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < value->buckets; i++)
		total += counts[i];
	return total;
}
