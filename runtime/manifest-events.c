#include "manifest-parts.h"

#include "arena.h"
#include "format.h"

static const char *const event_kinds[] = {
	"printf", "errorf", "warnf", "print_value", "print_map", "print_map_element", "clear", "zero", "time", "join",
	"system", "cat", "exit", "helper_error", "skboutput", "unwatch", NULL,
};

/* How many arguments a kind takes: -1 any. */
static const int event_arg_counts[EVENT_KIND_COUNT] = {
	[EVENT_PRINTF] = -1, [EVENT_ERRORF] = -1, [EVENT_WARNF] = -1,      [EVENT_SYSTEM] = -1,    [EVENT_CAT] = -1,
	[EVENT_PRINT_VALUE] = 1, [EVENT_PRINT_MAP] = 2, [EVENT_PRINT_MAP_ELEMENT] = 2, [EVENT_JOIN] = 1, [EVENT_EXIT] = 1,
	[EVENT_HELPER_ERROR] = 1, [EVENT_SKBOUTPUT] = 3, [EVENT_UNWATCH] = 1,
};

static bool needs_map(enum event_kind kind)
{
	return kind == EVENT_PRINT_MAP || kind == EVENT_PRINT_MAP_ELEMENT || kind == EVENT_CLEAR || kind == EVENT_ZERO;
}

static bool takes_arguments_by_format(enum event_kind kind)
{
	return kind == EVENT_PRINTF || kind == EVENT_ERRORF || kind == EVENT_WARNF || kind == EVENT_SYSTEM ||
	       kind == EVENT_CAT;
}

static void check_event(struct reader *in, struct manifest_event *event)
{
	const struct type *first = event->arg_count ? event->args[0].type : NULL;
	int want = event_arg_counts[event->kind];

	if (event->size < 4)
		read_fail(in, "impossible size of event", event_kinds[event->kind]);
	if (want >= 0 && event->arg_count != (size_t)want)
		read_fail(in, "wrong number of arguments of event", event_kinds[event->kind]);
	if (needs_map(event->kind) != (event->map >= 0))
		read_fail(in, "wrong map of event", event_kinds[event->kind]);
	if (in->failed)
		return;
	if (takes_arguments_by_format(event->kind)) {
		struct format *format = format_compile(in->arena, event->format);

		if (format->spec_count > event->arg_count)
			read_fail(in, "too few arguments for format", event->format);
		event->compiled = format;
	}
	if (event->kind == EVENT_SKBOUTPUT && (first->kind != TYPE_TIMESTAMP || event->args[1].type->size != 8 || event->args[2].type->size != 8))
		read_fail(in, "wrong argument of event", "skboutput");
	if (event->kind == EVENT_JOIN && (first->kind != TYPE_ARRAY || first->element->kind != TYPE_STRING))
		read_fail(in, "wrong argument of event", "join");
	if (event->kind == EVENT_EXIT || event->kind == EVENT_HELPER_ERROR || event->kind == EVENT_PRINT_MAP)
		for (size_t i = 0; i < event->arg_count; i++)
			if (event->args[i].type->kind != TYPE_INT)
				read_fail(in, "wrong argument of event", event_kinds[event->kind]);
}

static void read_place(struct reader *in, json_t *json, struct place *place)
{
	place->file = read_string(in, json, "file", NULL);
	place->text = read_string(in, json, "text", NULL);
	place->context = read_string(in, json, "context", NULL);
	place->line = (uint32_t)read_u64(in, json, "line", UINT32_MAX);
	place->column = (uint32_t)read_u64(in, json, "column", UINT32_MAX);
}

static void read_places(struct reader *in, json_t *json, struct manifest_event *event)
{
	json_t *array = read_array(in, json, "places", &event->place_count);
	struct place *places = arena_allocate(in->arena, event->place_count * sizeof(*places));
	bool wants = event->kind == EVENT_ERRORF || event->kind == EVENT_WARNF || event->kind == EVENT_HELPER_ERROR;

	for (size_t i = 0; i < event->place_count && !in->failed; i++)
		read_place(in, json_array_get(array, i), &places[i]);
	if (wants && !event->place_count)
		read_fail(in, "no place of event", event_kinds[event->kind]);
	event->places = places;
}

void read_failures(struct reader *in, json_t *root, struct manifest *manifest)
{
	json_t *array = read_array(in, root, "failures", &manifest->failure_count);

	manifest->failures = arena_allocate(in->arena, manifest->failure_count * sizeof(*manifest->failures));
	for (size_t i = 0; i < manifest->failure_count && !in->failed; i++) {
		json_t *json = json_array_get(array, i);

		manifest->failures[i].helper = read_string(in, json, "helper", NULL);
		manifest->failures[i].message = read_string(in, json, "message", NULL);
		read_place(in, json_object_get(json, "place"), &manifest->failures[i].place);
	}
}

void read_events(struct reader *in, json_t *root, struct manifest *manifest)
{
	json_t *array = read_array(in, root, "events", &manifest->event_count);

	manifest->events = arena_allocate(in->arena, manifest->event_count * sizeof(*manifest->events));
	for (size_t i = 0; i < manifest->event_count && !in->failed; i++) {
		json_t *json = json_array_get(array, i);
		struct manifest_event *event = &manifest->events[i];
		int64_t map;

		event->kind = (enum event_kind)read_word(in, json, "kind", event_kinds);
		event->size = (uint32_t)read_u64(in, json, "size", MAX_SIZE);
		event->format = read_string(in, json, "format", "");
		read_places(in, json, event);
		event->args = read_members(in, json, "args", event->size, &event->arg_count, 0);
		map = json_object_get(json, "map") ? read_i64(in, json, "map") : -1;
		if (map < -1 || map >= (int64_t)manifest->map_count)
			read_fail(in, "no such map:", "map");
		event->map = (int)map;
		if (!in->failed)
			check_event(in, event);
	}
}
