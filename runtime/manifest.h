/*
 * Section `.tsbt` of an object, read and checked. The JSON is described in src/object/manifest.ts; names here are
 * the names there. After manifest_parse every offset lies within its container, every index within its table, and
 * every map named by a type or event exists by name; object.c then compares sizes with the real maps.
 */
#ifndef TSBT_MANIFEST_H
#define TSBT_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define MANIFEST_SCHEMA 1

struct arena_block;

enum type_kind {
	TYPE_NONE, TYPE_INT, TYPE_BOOL, TYPE_STRING, TYPE_BUFFER, TYPE_POINTER, TYPE_ENUM, TYPE_ARRAY, TYPE_TUPLE,
	TYPE_RECORD, TYPE_STRUCT, TYPE_INET, TYPE_MAC, TYPE_KSTACK, TYPE_USTACK, TYPE_KSYM, TYPE_USYM, TYPE_USERNAME,
	TYPE_TIMESTAMP, TYPE_CGROUP_PATH, TYPE_SKB,
};

enum stack_mode { STACK_BPFTRACE, STACK_PERF, STACK_RAW, STACK_BUILD_ID };
enum clock_name { CLOCK_NAME_BOOT, CLOCK_NAME_MONOTONIC, CLOCK_NAME_TAI, CLOCK_NAME_SW_TAI };

struct enum_value {
	const char *name;
	uint64_t value;
};

struct member;

struct type {
	enum type_kind kind;
	bool is_signed, is_union;
	bool is_array;                /* string: a char array, which may be full */
	uint32_t size;                /* bytes; for every kind */
	const char *name;             /* enum, struct */
	const struct type *element;   /* array */
	uint32_t length, stride;      /* array */
	const struct member *members; /* tuple, record, struct */
	size_t member_count;
	const struct enum_value *values;
	size_t value_count;
	const char *map;              /* stacks: symbol of the stack map */
	uint32_t depth;
	enum stack_mode mode;
	const char *format;           /* timestamp: strftime; cgroup_path: controller */
	enum clock_name clock;
};

struct member {
	const char *name;
	uint32_t offset;
	uint8_t bit_shift, bit_width; /* width 0: no bit-field */
	const struct type *type;
};

enum map_value_kind {
	VALUE_PLAIN, VALUE_COUNT, VALUE_SUM, VALUE_MIN, VALUE_MAX, VALUE_AVG, VALUE_STATS, VALUE_HIST, VALUE_LHIST,
	VALUE_TSERIES,
};

enum tseries_aggregate { TSERIES_NONE, TSERIES_AVG, TSERIES_MAX, TSERIES_MIN, TSERIES_SUM };

struct map_value {
	enum map_value_kind kind;
	bool is_signed;
	const struct type *type;  /* plain */
	uint32_t bits, buckets;   /* hist, lhist */
	int64_t min, max, step;   /* lhist */
	uint64_t interval_ns;     /* tseries */
	uint32_t intervals;
	enum tseries_aggregate aggregate;
	uint32_t size;            /* bytes of one value without a set flag */
};

struct manifest_map {
	const char *name, *symbol;
	const struct type *key; /* NULL: no key */
	struct map_value value;
	bool per_cpu, has_set_flag;
};

enum event_kind {
	EVENT_PRINTF, EVENT_ERRORF, EVENT_WARNF, EVENT_PRINT_VALUE, EVENT_PRINT_MAP, EVENT_PRINT_MAP_ELEMENT,
	EVENT_CLEAR, EVENT_ZERO, EVENT_TIME, EVENT_JOIN, EVENT_SYSTEM, EVENT_CAT, EVENT_EXIT, EVENT_HELPER_ERROR,
	EVENT_SKBOUTPUT, EVENT_UNWATCH, EVENT_KIND_COUNT,
};

struct format;

/* Part of the script, as messages show it. */
struct place {
	const char *file, *text, *context;
	uint32_t line, column;
};

/* What may have failed: see src/object/manifest.ts. */
struct failure {
	const char *helper, *message;
	struct place place;
};

struct manifest_event {
	enum event_kind kind;
	uint32_t size;
	const char *format;
	const struct format *compiled; /* kinds whose format takes arguments */
	const struct member *args;
	size_t arg_count;
	int map; /* index or -1 */
	const struct place *places;
	size_t place_count;
};

enum attach_kind {
	ATTACH_BEGIN, ATTACH_END, ATTACH_SIGNAL, ATTACH_INTERVAL, ATTACH_PROFILE, ATTACH_PERF, ATTACH_TRACEPOINT,
	ATTACH_RAW_TRACEPOINT, ATTACH_KPROBE, ATTACH_KPROBE_MULTI, ATTACH_FENTRY, ATTACH_UPROBE, ATTACH_WATCHPOINT,
	ATTACH_ITER, ATTACH_TEST, ATTACH_BENCH, ATTACH_KIND_COUNT,
};

struct manifest_attach {
	enum attach_kind kind;
	const char *probe;
	uint64_t cookie;
	bool has_cookie;
	uint32_t line, column;
	bool is_return;
	bool is_session;             /* kprobe_multi: entry and return both */
	int pid;                     /* 0 all, -1 that of -c or -p, else this one */
	int signal;
	uint64_t period_ns, frequency;
	bool is_event;               /* interval: run by the kernel's clock, not by a timer of the loader */
	uint32_t perf_type;
	uint64_t perf_config, perf_period;
	const char *category, *name; /* tracepoint: both; raw_tracepoint: name; kprobe, fentry: function */
	const char *module, *path;
	uint64_t offset;             /* in the function (kprobe) */
	uint32_t btf_id;             /* id of the function or tracepoint in vmlinux BTF; 0: let libbpf find it */
	const char **functions;      /* kprobe_multi */
	/* uprobe: places in the file, of the counters of their listeners (0: none), and what tells them apart */
	uint64_t *offsets, *semaphores, *cookies;
	uint32_t program_id;         /* fentry: BPF program that holds the function */
	size_t target_count;
	uint64_t address;            /* watchpoint; kprobe without function */
	uint32_t length;
	const char *mode;
	const char *target, *pin;    /* iter */
};

struct manifest_program {
	const char *name;
	const struct manifest_attach *attach;
	size_t attach_count;
};

struct manifest_config {
	bool print_maps_on_exit, cpp_demangle, lazy_symbolication, show_debug_info;
	uint64_t max_map_keys, max_strlen, max_cat_bytes;
	enum stack_mode stack_mode;
	const char *str_trunc_trailer;
	enum { MISSING_IGNORE, MISSING_WARN, MISSING_ERROR } missing_probes;
};

struct manifest {
	const char *tsbt, *script;
	struct manifest_program *programs;
	size_t program_count;
	struct manifest_map *maps;
	size_t map_count;
	struct manifest_event *events;
	size_t event_count;
	struct manifest_config config;
	struct failure *failures;
	size_t failure_count;
	const char *ringbuf, *counters, *state, *packets; /* "" when absent */
	uint64_t packet_pages; /* for each CPU */
	const char *unwind_processes, *unwind_tables, *unwind_walked; /* "" when absent */
	bool needs_unsafe;
	uint32_t kernel_major, kernel_minor;
	struct arena_block *arena;
};

/*
 * Reads `length` bytes of JSON. NULL when they are not a manifest this loader can trust; `why` then says what is
 * wrong, and `*newer` whether the schema is one we do not know.
 */
struct manifest *manifest_parse(const char *json, size_t length, struct text *why, bool *newer);
void manifest_free(struct manifest *manifest);

#endif
