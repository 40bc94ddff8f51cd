#include "manifest.h"

#include <stdlib.h>

#include "arena.h"
#include "manifest-parts.h"

static const char *const missing_words[] = { "ignore", "warn", "error", NULL };

static void read_config(struct reader *in, json_t *json, struct manifest_config *config)
{
	config->print_maps_on_exit = read_bool(in, json, "printMapsOnExit");
	config->max_map_keys = read_u64(in, json, "maxMapKeys", UINT64_MAX);
	config->stack_mode = (enum stack_mode)read_word(in, json, "stackMode", stack_modes);
	config->cpp_demangle = read_bool(in, json, "cppDemangle");
	config->lazy_symbolication = read_bool(in, json, "lazySymbolication");
	config->show_debug_info = read_bool_or(json, "showDebugInfo", false);
	config->max_strlen = read_u64(in, json, "maxStrlen", MAX_SIZE);
	config->max_cat_bytes = read_u64_or(in, json, "maxCatBytes", MAX_SIZE, 10240);
	config->str_trunc_trailer = read_string(in, json, "strTruncTrailer", "..");
	config->missing_probes = read_word(in, json, "missingProbes", missing_words);
}

static void read_rest(struct reader *in, json_t *root, struct manifest *manifest)
{
	json_t *runtime = json_object_get(root, "runtime"), *needs = json_object_get(root, "needs");
	json_t *packets = json_object_get(runtime, "packets");
	json_t *unwind = json_object_get(runtime, "unwind");
	json_t *kernel = json_object_get(needs, "kernel");

	manifest->tsbt = read_string(in, root, "tsbt", "?");
	manifest->script = read_string(in, root, "script", "");
	manifest->ringbuf = read_string(in, runtime, "ringbuf", "");
	manifest->counters = read_string(in, runtime, "counters", "");
	manifest->state = read_string(in, runtime, "state", "");
	manifest->needs_unsafe = read_bool_or(needs, "unsafe", false);
	manifest->kernel_major = (uint32_t)json_integer_value(json_array_get(kernel, 0));
	manifest->kernel_minor = (uint32_t)json_integer_value(json_array_get(kernel, 1));
	manifest->packets = read_string(in, packets, "map", "");
	manifest->unwind_processes = read_string(in, unwind, "processes", "");
	manifest->unwind_tables = read_string(in, unwind, "tables", "");
	manifest->unwind_walked = read_string(in, unwind, "walked", "");
	manifest->packet_pages = read_u64_or(in, packets, "pages", MAX_SIZE, 0);
	for (size_t i = 0; i < manifest->event_count; i++) {
		bool is_packet = manifest->events[i].kind == EVENT_SKBOUTPUT;

		if (!*(is_packet ? manifest->packets : manifest->ringbuf))
			read_fail(in, "events, but no", is_packet ? "packets" : "ringbuf");
	}
}

struct manifest *manifest_parse(const char *json, size_t length, struct text *why, bool *newer)
{
	struct manifest *manifest = allocate_zeroed(1, sizeof(*manifest));
	struct reader in = { .arena = &manifest->arena, .why = why };
	json_error_t error;
	json_t *root = json_loadb(json, length, JSON_REJECT_DUPLICATES, &error), *schema;

	*newer = false;
	if (!root) {
		text_format(why, "its manifest is not JSON: %s", error.text);
		in.failed = true;
		goto out;
	}
	schema = json_object_get(root, "schema");
	if (!json_is_integer(schema) || json_integer_value(schema) != MANIFEST_SCHEMA) {
		*newer = json_is_integer(schema) && json_integer_value(schema) > MANIFEST_SCHEMA;
		read_fail(&in, "unknown", "schema");
		goto out;
	}
	read_maps(&in, root, manifest);
	if (!in.failed)
		read_events(&in, root, manifest);
	if (!in.failed)
		read_failures(&in, root, manifest);
	if (!in.failed)
		read_programs(&in, root, manifest);
	if (!in.failed)
		read_config(&in, json_object_get(root, "config"), &manifest->config);
	if (!in.failed)
		read_rest(&in, root, manifest);
out:
	json_decref(root);
	if (in.failed) {
		manifest_free(manifest);
		return NULL;
	}
	return manifest;
}

void manifest_free(struct manifest *manifest)
{
	if (!manifest)
		return;
	arena_free(&manifest->arena);
	free(manifest);
}
