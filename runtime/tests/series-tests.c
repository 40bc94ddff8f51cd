/* Time series: reducing over CPUs, the graph, JSON. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests.h"
#include "tseries.h"

/* Two CPUs' rings of three intervals: {value, meta, epoch}. */
#define SLOTS 3
struct ring {
	uint64_t words[2][SLOTS][3];
};

static const struct epochs window = { 10, 12 };

static struct text graph(struct map_value value, struct ring ring)
{
	struct text out = { 0 };

	value.intervals = SLOTS;
	tseries_reduce(&value, (uint8_t *)ring.words, sizeof(ring.words[0]), 2);
	tseries_text(&value, (uint8_t *)ring.words, &window, &out);
	return out;
}

static struct text line(struct map_value value, struct ring ring)
{
	struct text out = { 0 };

	value.intervals = SLOTS;
	tseries_reduce(&value, (uint8_t *)ring.words, sizeof(ring.words[0]), 2);
	tseries_json(&value, (uint8_t *)ring.words, &window, &out);
	return out;
}

static const struct map_value sums = { .kind = VALUE_TSERIES, .interval_ns = 1000000000, .aggregate = TSERIES_SUM };
static const struct map_value averages = { .kind = VALUE_TSERIES, .interval_ns = 100000000, .aggregate = TSERIES_AVG };
static const struct map_value latest = { .kind = VALUE_TSERIES, .interval_ns = 1000000000, .aggregate = TSERIES_NONE };
static const struct map_value least = {
	.kind = VALUE_TSERIES, .interval_ns = 1000000000, .aggregate = TSERIES_MIN, .is_signed = true,
};

void test_series(void)
{
	/* Slot 0 is of epoch 12 on one CPU and of a stale 9 on the other; slot 1 of 10 on both; slot 2 never used. */
	struct ring ring = { { { { 5, 1, 12 }, { 2, 1, 10 }, { 0 } }, { { 9, 1, 9 }, { 4, 3, 10 }, { 0 } } } };
	struct ring none = { { { { 0 } } } };
	struct text out;

	setenv("TZ", "UTC", 1);
	tzset();
	out = line(sums, ring);
	check_text("series: sums of one epoch, stale ones left out, gaps left out", &out,
		   "[{\"interval_start\":\"1970-01-01T00:00:10.000000000\",\"value\":6},"
		   "{\"interval_start\":\"1970-01-01T00:00:12.000000000\",\"value\":5}]");
	out = line(averages, ring);
	check_text("series: averages", &out,
		   "[{\"interval_start\":\"1970-01-01T00:00:01.000000000\",\"value\":1},"
		   "{\"interval_start\":\"1970-01-01T00:00:01.200000000\",\"value\":5}]");
	out = line(latest, ring);
	check_text("series: the latest value", &out,
		   "[{\"interval_start\":\"1970-01-01T00:00:10.000000000\",\"value\":4},"
		   "{\"interval_start\":\"1970-01-01T00:00:12.000000000\",\"value\":5}]");
	out = line(least, ring);
	check_text("series: the least", &out,
		   "[{\"interval_start\":\"1970-01-01T00:00:10.000000000\",\"value\":2},"
		   "{\"interval_start\":\"1970-01-01T00:00:12.000000000\",\"value\":5}]");
	out = line(sums, none);
	check_text("series: none as JSON", &out, "[]");
	out = graph(sums, none);
	check_text("series: none", &out, "<no data>");
	out = graph(sums, ring);
	check_text("series: a graph", &out,
		   "         5                                                   6\n"
		   "hh:mm:ss |___________________________________________________|\n"
		   "00:00:10 |                                                   * 6\n"
		   "00:00:11 |                                                   | -\n"
		   "00:00:12 *                                                   | 5\n"
		   "         v___________________________________________________v\n"
		   "         5                                                   6\n");
	ring.words[0][1][0] = (uint64_t)-7;
	out = graph(least, ring);
	check_text("series: a graph around zero", &out,
		   "         -7                                                  5\n"
		   "hh:mm:ss |___________________________________________________|\n"
		   "00:00:10 *                             .                     | -7\n"
		   "00:00:11 |                             .                     | -\n"
		   "00:00:12 |                             .                     * 5\n"
		   "         v___________________________________________________v\n"
		   "         -7                                                  5\n");
}
