#include "tseries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "values.h"

#define NS_PER_S 1000000000ull
/* Columns between and with the two borders of the graph, and of its first label. */
#define GRAPH_WIDTH 53
#define LABEL_WIDTH 21

struct slot {
	uint64_t value, meta, epoch;
};

struct point {
	uint64_t epoch, value;
	bool is_there;
};

static struct slot load_slot(const uint8_t *bytes)
{
	struct slot slot;

	memcpy(&slot, bytes, sizeof(slot));
	return slot;
}

static bool less(uint64_t a, uint64_t b, bool is_signed)
{
	return is_signed ? (int64_t)a < (int64_t)b : a < b;
}

static void combine(const struct map_value *value, struct slot *sum, const struct slot *own)
{
	switch (value->aggregate) {
	case TSERIES_NONE: /* the latest value stands */
		if (own->meta > sum->meta) {
			sum->value = own->value;
			sum->meta = own->meta;
		}
		break;
	case TSERIES_AVG:
		sum->value += own->value;
		sum->meta += own->meta;
		break;
	case TSERIES_MIN:
		if (less(own->value, sum->value, value->is_signed))
			sum->value = own->value;
		break;
	case TSERIES_MAX:
		if (less(sum->value, own->value, value->is_signed))
			sum->value = own->value;
		break;
	case TSERIES_SUM:
		sum->value += own->value;
		break;
	}
}

/* One slot over all CPUs; meta then says whether it was ever used. */
static struct slot reduce_slot(const struct map_value *value, const uint8_t *bytes, size_t stride, int cpus)
{
	struct slot sum = { 0 };
	bool touched = false;

	for (int cpu = 0; cpu < cpus; cpu++) {
		struct slot own = load_slot(bytes + (size_t)cpu * stride);

		touched = touched || own.value || own.meta;
		if (own.epoch > sum.epoch)
			sum = own;
		else if (own.epoch && own.epoch == sum.epoch)
			combine(value, &sum, &own);
	}
	/* Nothing counts in epoch 0, but that something was there is seen. */
	if (!sum.epoch)
		sum.value = 0;
	else if (value->aggregate == TSERIES_AVG && sum.meta)
		sum.value = number_divided(sum.value, sum.meta, value->is_signed);
	sum.meta = touched || sum.epoch;
	return sum;
}

uint64_t tseries_reduce(const struct map_value *value, uint8_t *row, size_t stride, int cpus)
{
	uint64_t latest = 0;

	for (uint32_t i = 0; i < value->intervals; i++) {
		uint8_t *at = row + (size_t)i * sizeof(struct slot);
		struct slot sum = reduce_slot(value, at, stride, cpus);

		memcpy(at, &sum, sizeof(sum));
		latest = sum.epoch > latest ? sum.epoch : latest;
	}
	return latest;
}

/* From the first epoch with a value to the last of all; the caller frees them. */
static struct point *points_of(const struct map_value *value, const uint8_t *ring, const struct epochs *epochs,
			       size_t *count)
{
	uint64_t first = UINT64_MAX;
	struct point *points;

	for (uint32_t i = 0; i < value->intervals; i++) {
		struct slot slot = load_slot(ring + (size_t)i * sizeof(slot));

		if (slot.meta && slot.epoch >= epochs->first && slot.epoch <= epochs->last && slot.epoch < first)
			first = slot.epoch;
	}
	*count = first > epochs->last || epochs->last - first >= value->intervals ? 0 : epochs->last - first + 1;
	points = allocate_zeroed(*count, sizeof(*points));
	for (size_t i = 0; i < *count; i++)
		points[i].epoch = first + i;
	for (uint32_t i = 0; i < value->intervals; i++) {
		struct slot slot = load_slot(ring + (size_t)i * sizeof(slot));

		if (slot.meta && slot.epoch >= first && slot.epoch - first < *count) {
			points[slot.epoch - first].value = slot.value;
			points[slot.epoch - first].is_there = true;
		}
	}
	return points;
}

static void number_text(uint64_t number, bool is_signed, struct text *out)
{
	if (is_signed)
		text_signed(out, (int64_t)number);
	else
		text_unsigned(out, number);
}

void tseries_json(const struct map_value *value, const uint8_t *ring, const struct epochs *epochs, struct text *out)
{
	size_t count;
	struct point *points = points_of(value, ring, epochs, &count);
	bool first = true;

	text_char(out, '[');
	for (size_t i = 0; i < count; i++) {
		uint64_t ns = points[i].epoch * value->interval_ns;
		time_t seconds = (time_t)(ns / NS_PER_S);
		char when[32] = "";
		struct tm utc;

		if (!points[i].is_there)
			continue;
		if (gmtime_r(&seconds, &utc))
			strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &utc);
		text_format(out, "%s{\"interval_start\":\"%s.%09u\",\"value\":", first ? "" : ",", when,
			    (unsigned)(ns % NS_PER_S));
		number_text(points[i].value, value->is_signed, out);
		text_char(out, '}');
		first = false;
	}
	text_char(out, ']');
	free(points);
}

/* The unit in which an interval's times differ: digits behind the seconds, its name, nanoseconds in its last digit. */
struct unit {
	unsigned digits;
	const char *name;
	uint64_t ns;
};

static struct unit unit_of(uint64_t interval_ns)
{
	if (interval_ns >= NS_PER_S)
		return (struct unit){ 0, "", NS_PER_S };
	if (interval_ns >= 1000000)
		return (struct unit){ 3, ".ms", 1000000 };
	if (interval_ns >= 1000)
		return (struct unit){ 6, ".\u03bcs", 1000 };
	return (struct unit){ 9, ".ns", 1 };
}

static void filled(struct text *out, size_t from, size_t width)
{
	if (out->length - from < width)
		text_fill(out, ' ', width - (out->length - from));
}

/* Least value at the left border, greatest at the right. */
static void labels(uint64_t low, uint64_t high, bool is_signed, size_t indent, struct text *out)
{
	struct text right = { 0 };
	size_t from;

	text_fill(out, ' ', indent);
	from = out->length;
	number_text(low, is_signed, out);
	filled(out, from, LABEL_WIDTH);
	number_text(high, is_signed, &right);
	if (right.length < GRAPH_WIDTH - LABEL_WIDTH)
		text_fill(out, ' ', GRAPH_WIDTH - LABEL_WIDTH - right.length);
	text_append(out, right.data, right.length);
	text_char(out, '\n');
	text_free(&right);
}

/* a - b as a number with sign, whatever the two are. */
static int64_t distance(uint64_t to, uint64_t from)
{
	return (int64_t)(to - from);
}

static void time_text(uint64_t ns, const struct unit *unit, struct text *out)
{
	time_t seconds = (time_t)(ns / NS_PER_S);
	char line[16] = "";
	struct tm local;

	if (localtime_r(&seconds, &local))
		strftime(line, sizeof(line), "%H:%M:%S", &local);
	text_string(out, line);
	if (unit->digits)
		text_format(out, ".%0*llu", (int)unit->digits, (unsigned long long)(ns % NS_PER_S / unit->ns));
}

static void range_of(const struct point *points, size_t count, bool is_signed, uint64_t *low, uint64_t *high)
{
	*low = *high = points[0].value;
	for (size_t i = 1; i < count; i++) {
		if (!points[i].is_there)
			continue;
		if (less(points[i].value, *low, is_signed))
			*low = points[i].value;
		if (less(*high, points[i].value, is_signed))
			*high = points[i].value;
	}
	/* A single value stands in the middle, where there is room for it. */
	if (*low == *high) {
		uint64_t least = is_signed ? (uint64_t)INT64_MIN : 0, most = is_signed ? (uint64_t)INT64_MAX : UINT64_MAX;

		*low -= *low != least;
		*high += *high != most;
	}
}

/* In floats, as bpftrace computes it: columns would differ otherwise. */
static size_t column(uint64_t low, uint64_t high, uint64_t at, int width)
{
	float place = (float)width * (float)distance(at, low) / (float)distance(high, low);

	return place < 0 ? 0 : place > GRAPH_WIDTH - 1 ? GRAPH_WIDTH - 1 : (size_t)place;
}

void tseries_text(const struct map_value *value, const uint8_t *ring, const struct epochs *epochs, struct text *out)
{
	size_t count, indent, zero = 0, from;
	struct point *points = points_of(value, ring, epochs, &count);
	/* bpftrace takes the unit of the time between two rows: with a single one, of none. */
	struct unit unit = unit_of(count > 1 ? value->interval_ns : 0);
	uint64_t low, high;

	if (!count) {
		text_string(out, "<no data>");
		free(points);
		return;
	}
	indent = strlen("hh:mm:ss") + (unit.digits ? 1 + unit.digits : 0);
	range_of(points, count, value->is_signed, &low, &high);
	labels(low, high, value->is_signed, indent + 1, out);
	from = out->length;
	text_format(out, "hh:mm:ss%s", unit.name);
	filled(out, from, indent + 1);
	text_char(out, '|');
	text_fill(out, '_', GRAPH_WIDTH - 2);
	text_string(out, "|\n");
	if (value->is_signed && (int64_t)low < 0 && (int64_t)high > 0)
		zero = column(low, high, 0, GRAPH_WIDTH);
	for (size_t i = 0; i < count; i++) {
		char line[GRAPH_WIDTH];

		memset(line, ' ', sizeof(line));
		line[0] = line[GRAPH_WIDTH - 1] = '|';
		if (zero)
			line[zero] = '.';
		if (points[i].is_there)
			line[column(low, high, points[i].value, GRAPH_WIDTH - 1)] = '*';
		time_text(points[i].epoch * value->interval_ns, &unit, out);
		text_char(out, ' ');
		text_append(out, line, sizeof(line));
		text_char(out, ' ');
		if (points[i].is_there)
			number_text(points[i].value, value->is_signed, out);
		else
			text_char(out, '-');
		text_char(out, '\n');
	}
	text_fill(out, ' ', indent + 1);
	text_char(out, 'v');
	text_fill(out, '_', GRAPH_WIDTH - 2);
	text_string(out, "v\n");
	labels(low, high, value->is_signed, indent + 1, out);
	free(points);
}
