/*
 * Forged manifests, and what comes with them: records of the ring buffer and elements of maps, each in memory of exactly
 * the size the manifest and the kernel agree on. What manifest_parse lets through may print nonsense, but reads nothing
 * outside of it.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "loader.h"
#include "symbols-kernel.h"
#include "symbols-user.h"
#include "tests.h"

/* What text may become: words that mean something elsewhere in a manifest, formats, numbers. */
static const char *const words[] = {
	"int", "bool", "string", "buffer", "pointer", "enum", "array", "tuple", "record", "struct", "inet", "mac", "kstack",
	"ustack", "ksym", "usym", "username", "timestamp", "cgroup_path", "skb", "none", "value", "count", "sum", "min",
	"max", "avg", "stats", "hist", "lhist", "tseries", "printf", "errorf", "print_value", "print_map", "time", "join",
	"clear", "zero", "print_map_element", "exit", "helper_error", "boot", "tai", "raw", "perf", "build_id", "", "0",
	"18446744073709551615", "-9223372036854775808", "9223372036854775807", "1099511627776", "%", "%5$s", "%999999d",
	"%s%s%s%s%s%s", "%-0+ #8llr", "%E%O%:z", "%f%k%l",
};

static json_t *any_number(struct fuzz *fuzz)
{
	return json_integer((json_int_t)fuzz_number(fuzz));
}

static json_t *other_value(struct fuzz *fuzz, const json_t *old)
{
	switch (json_typeof(old)) {
	case JSON_INTEGER:
		if (fuzz_below(fuzz, 2))
			return json_integer(json_integer_value(old) + (json_int_t)fuzz_below(fuzz, 9) - 4);
		return any_number(fuzz);
	case JSON_STRING:
		return json_string(words[fuzz_below(fuzz, sizeof(words) / sizeof(*words))]);
	case JSON_TRUE:
		return json_false();
	case JSON_FALSE:
		return json_true();
	default:
		return fuzz_below(fuzz, 8) ? NULL : any_number(fuzz);
	}
}

/* Changes one thing somewhere below a value. */
static void change(struct fuzz *fuzz, json_t *at)
{
	size_t size = json_is_object(at) ? json_object_size(at) : json_array_size(at), pick;
	const char *key = NULL;
	json_t *child, *other;

	if (!size)
		return;
	pick = fuzz_below(fuzz, size);
	if (json_is_object(at)) {
		void *place = json_object_iter(at);

		while (pick--)
			place = json_object_iter_next(at, place);
		key = json_object_iter_key(place);
		child = json_object_iter_value(place);
	} else {
		child = json_array_get(at, pick);
	}
	if ((json_is_object(child) || json_is_array(child)) && fuzz_below(fuzz, 12)) {
		change(fuzz, child);
		return;
	}
	if (!fuzz_below(fuzz, 40)) {
		if (key)
			json_object_del(at, key);
		else
			json_array_append_new(at, json_deep_copy(child));
		return;
	}
	other = other_value(fuzz, child);
	if (other && key)
		json_object_set_new(at, key, other);
	else if (other)
		json_array_set_new(at, pick, other);
}

static struct manifest *forged(struct fuzz *fuzz, const json_t *good)
{
	json_t *copy = json_deep_copy(good);
	size_t changes = 1 + fuzz_below(fuzz, 4);
	struct text why = { 0 };
	struct manifest *manifest;
	bool newer;
	char *text;

	for (size_t i = 0; i < changes; i++)
		change(fuzz, copy);
	text = json_dumps(copy, JSON_COMPACT);
	manifest = manifest_parse(text, strlen(text), &why, &newer);
	text_free(&why);
	free(text);
	json_decref(copy);
	return manifest;
}

/* Larger ones only take long. */
static bool is_small(const struct manifest *manifest)
{
	bool small = true;

	for (size_t i = 0; i < manifest->event_count; i++)
		small &= manifest->events[i].size < 4096;
	for (size_t i = 0; i < manifest->map_count; i++)
		small &= manifest->maps[i].value.size < 65536 && (!manifest->maps[i].key || manifest->maps[i].key->size < 4096);
	return small;
}

static void fill(struct fuzz *fuzz, uint8_t *bytes, size_t length)
{
	for (size_t at = 0; at < length; at += 8) {
		uint64_t word = fuzz_below(fuzz, 4) ? fuzz_number(fuzz) : 0x6c696174736d6f63; /* text */

		memcpy(bytes + at, &word, length - at < 8 ? length - at : 8);
	}
}

/* Frames of any stack: the kernel's own bytes are not at hand. */
static size_t any_stack(void *object, const char *symbol, uint64_t id, void *frames, size_t frame_size, size_t depth)
{
	struct fuzz *fuzz = object;

	(void)symbol;
	(void)id;
	fill(fuzz, frames, frame_size * depth);
	return fuzz_below(fuzz, depth + 1);
}

static void send_records(struct fuzz *fuzz, struct loader *loader)
{
	for (size_t i = 0; i < loader->manifest->event_count; i++) {
		size_t size = loader->manifest->events[i].size;
		uint8_t *record = malloc(size);
		uint32_t id = (uint32_t)i;

		fill(fuzz, record, size);
		memcpy(record, &id, 4);
		loader->exit_requested = false;
		if (loader->manifest->events[i].kind != EVENT_CAT && loader->manifest->events[i].kind != EVENT_SYSTEM)
			event_handle(loader, record, size);
		event_handle(loader, record, fuzz_below(fuzz, size));
		free(record);
	}
	text_clear(&loader->output.text);
}

/* The kernel's map for one of the manifest's: -1 if it refuses. */
static int make_map(struct fuzz *fuzz, const struct loader *loader, struct loaded_map *map)
{
	bool per_cpu = map->manifest->per_cpu;
	int type = map->manifest->key ? (per_cpu ? BPF_MAP_TYPE_PERCPU_HASH : BPF_MAP_TYPE_HASH)
				      : (per_cpu ? BPF_MAP_TYPE_PERCPU_ARRAY : BPF_MAP_TYPE_ARRAY);
	int fd = bpf_map_create((enum bpf_map_type)type, "fuzz", map->key_size, map->value_size, map->max_entries, NULL);
	size_t row = ((map->value_size + 7) & ~7u) * (size_t)(per_cpu ? loader->cpus : 1);
	uint8_t *key = calloc(1, map->key_size + 8), *value = malloc(row);

	for (uint32_t i = 0; fd >= 0 && i < map->max_entries; i++) {
		if (map->manifest->key)
			fill(fuzz, key, map->key_size);
		fill(fuzz, value, row);
		bpf_map_update_elem(fd, key, value, BPF_ANY);
	}
	free(key);
	free(value);
	return fd;
}

static void show_maps(struct fuzz *fuzz, struct loader *loader)
{
	for (size_t i = 0; i < loader->manifest->map_count; i++) {
		struct loaded_map *map = &loader->maps[i];

		map->fd = make_map(fuzz, loader, map);
		loader->output.folded = !fuzz_below(fuzz, 4);
		map_print(loader, map, fuzz_below(fuzz, 4), fuzz_number(fuzz));
		map_zero(loader, map);
		map_print(loader, map, 0, 1);
		map_clear(loader, map);
		map_print(loader, map, 0, 1);
		loader->output.folded = false;
		if (map->fd >= 0)
			close(map->fd);
		map->fd = -1;
		text_clear(&loader->output.text);
	}
}

static void bind(struct loader *loader)
{
	const struct manifest *manifest = loader->manifest;

	loader->maps = calloc(manifest->map_count + 1, sizeof(*loader->maps));
	for (size_t i = 0; i < manifest->map_count; i++) {
		const struct manifest_map *map = &manifest->maps[i];

		loader->maps[i] = (struct loaded_map){
			.manifest = map,
			.fd = -1,
			.key_size = map->key && map->key->size ? map->key->size : 4,
			.value_size = map->value.size < 8 ? 8 : map->value.size + (map->has_set_flag ? 8 : 0),
			.max_entries = map->key ? 3 : 1,
		};
	}
}

/* Everything a run would read of it. */
static void use(struct fuzz *fuzz, struct manifest *manifest, int null)
{
	static const struct options options = { .output = "", .command = "", .warnings = true };
	struct loader loader = { .options = &options, .manifest = manifest, .cpus = libbpf_num_possible_cpus() };

	loader.output.fd = null;
	loader.output.format = fuzz_below(fuzz, 2) ? OUTPUT_TEXT : OUTPUT_JSON;
	values_start(&loader.values, manifest);
	loader.values.user = user_symbols_new(true, true);
	loader.values.read_stack = any_stack;
	loader.values.object = fuzz;
	bind(&loader);
	send_records(fuzz, &loader);
	show_maps(fuzz, &loader);
	user_symbols_free(loader.values.user);
	text_free(&loader.output.text);
	free(loader.attached);
	free(loader.maps);
}

struct forging {
	const json_t *good;
	uint64_t tried, taken;
};

/* All of it in one child: what is wrong with each manifest is told on standard error, thousands of times. */
static void use_forged(void *context)
{
	struct forging *forging = context;
	struct fuzz fuzz = fuzz_start(1000);
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	while (fuzz_goes_on(&fuzz)) {
		struct manifest *manifest = forged(&fuzz, forging->good);

		if (manifest && is_small(manifest)) {
			use(&fuzz, manifest, null);
			forging->taken++;
		}
		manifest_free(manifest);
	}
	forging->tried = fuzz.rounds;
	close(null);
}

void fuzz_manifests(void)
{
	const char *path = getenv("TSBT_TEST_MANIFEST");
	json_t *good = path ? json_load_file(path, 0, NULL) : NULL;
	struct forging *forging;
	size_t crashes = 0;

	if (!good) {
		skip_test("forged manifests", "TSBT_TEST_MANIFEST names none");
		return;
	}
	forging = mmap(NULL, sizeof(*forging), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	forging->good = good;
	check_true("records and maps of forged manifests are read within their bounds",
		   fuzz_survives(use_forged, forging, &crashes) && !crashes);
	check_true("enough of them are taken", forging->taken && forging->taken * 8 > forging->tried);
	munmap(forging, sizeof(*forging));
	json_decref(good);
}
