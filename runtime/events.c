#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "attach.h"
#include "codes.h"
#include "format.h"
#include "loader.h"
#include "json.h"
#include "report.h"
#include "shell.h"

/* Events a turn of the loop. */
#define TURN 4096

typedef void handler(struct loader *loader, const struct manifest_event *event, const uint8_t *record);

static uint64_t argument(const struct manifest_event *event, size_t index, const uint8_t *record)
{
	uint64_t number = 0;

	values_number(event->args[index].type, record + event->args[index].offset, &number);
	return number;
}

static void formatted(struct loader *loader, const struct manifest_event *event, const uint8_t *record,
		      struct text *out)
{
	format_apply(event->compiled, &loader->values, event->args, event->arg_count, record, out);
}

static void handle_printf(struct loader *loader, const struct manifest_event *event, const uint8_t *record)
{
	struct text text = { 0 };

	if (loader->output.format == OUTPUT_TEXT) {
		formatted(loader, event, record, &loader->output.text);
		output_written(&loader->output);
		return;
	}
	formatted(loader, event, record, &text);
	output_message(&loader->output, "printf", text.data, text.length);
	text_free(&text);
}

static void handle_complaint(struct loader *loader, const struct manifest_event *event, const uint8_t *record)
{
	bool is_error = event->kind == EVENT_ERRORF;
	struct text text = { 0 };

	if (!is_error && !report_warnings())
		return;
	loader->error_count += is_error;
	formatted(loader, event, record, &text);
	if (loader->output.format == OUTPUT_JSON)
		output_complaint(&loader->output, is_error ? "errorf" : "warnf", text.data, text.length, &event->places[0]);
	else
		report_at(&loader->output, is_error, event->places, event->place_count, false, &text);
	text_free(&text);
}

static void handle_value(struct loader *loader, const struct manifest_event *event, const uint8_t *record)
{
	struct text *out = &loader->output.text;
	const struct member *arg = &event->args[0];
	uint8_t room[8];
	const uint8_t *bytes = values_member(arg, record, room);

	if (loader->output.format == OUTPUT_JSON) {
		text_string(out, "{\"type\": \"value\", \"data\": ");
		values_json(&loader->values, arg->type, bytes, 1, out);
		text_string(out, "}\n");
	} else {
		values_text(&loader->values, arg->type, bytes, 1, out);
		text_char(out, '\n');
	}
	output_written(&loader->output);
}

static void handle_print_map(struct loader *loader, const struct manifest_event *event, const uint8_t *record)
{
	/* Both have 32 bits in bpftrace, too. */
	map_print(loader, &loader->maps[event->map], (uint32_t)argument(event, 0, record),
		  (uint32_t)argument(event, 1, record));
}

static void handle_element(struct loader *loader, const struct manifest_event *event, const uint8_t *record)
{
	const struct manifest_map *map = &loader->manifest->maps[event->map];
	struct text *out = &loader->output.text;
	const struct member *key = &event->args[0], *value = &event->args[1];
	struct text plain = { 0 };

	values_text(&loader->values, key->type, record + key->offset, 1, &plain);
	if (key->type->kind == TYPE_TUPLE && plain.length >= 2) {
		memmove(plain.data, plain.data + 1, plain.length - 2);
		plain.length -= 2;
	}
	if (loader->output.format == OUTPUT_JSON) {
		text_string(out, "{\"type\": \"map\", \"data\": {");
		json_text(out, map->name, strlen(map->name));
		text_string(out, ": {");
		json_text(out, plain.data ? plain.data : "", plain.length);
		text_string(out, ": ");
		values_json(&loader->values, value->type, record + value->offset, 1, out);
		text_string(out, "}}}\n");
	} else {
		text_format(out, "%s[", map->name);
		text_append(out, plain.data, plain.length);
		text_string(out, "]: ");
		values_text(&loader->values, value->type, record + value->offset, 1, out);
		text_char(out, '\n');
	}
	text_free(&plain);
	output_written(&loader->output);
}

static void handle_clear(struct loader *loader, const struct manifest_event *event, const uint8_t *record)
{
	(void)record;
	map_clear(loader, &loader->maps[event->map]);
}

static void handle_zero(struct loader *loader, const struct manifest_event *event, const uint8_t *record)
{
	(void)record;
	map_zero(loader, &loader->maps[event->map]);
}

static void handle_time(struct loader *loader, const struct manifest_event *event, const uint8_t *record)
{
	time_t now = time(NULL);
	struct tm local;
	char line[512];

	(void)record;
	if (localtime_r(&now, &local))
		output_message(&loader->output, "time", line, strftime(line, sizeof(line), event->format, &local));
}

static void handle_join(struct loader *loader, const struct manifest_event *event, const uint8_t *record)
{
	const struct type *type = event->args[0].type;
	const uint8_t *bytes = record + event->args[0].offset;
	struct text text = { 0 };

	for (uint32_t i = 0; i < type->length; i++) {
		const char *word = (const char *)bytes + (size_t)i * type->stride;
		size_t length = strnlen(word, type->element->size);

		if (!length)
			break;
		if (i)
			text_string(&text, event->format);
		text_append(&text, word, length);
	}
	if (loader->output.format == OUTPUT_TEXT)
		text_char(&text, '\n');
	output_message(&loader->output, "join", text.data, text.length);
	text_free(&text);
}

/* Output of the command in the script's own stream, in order; as text with a line's end behind it, as 0.26 prints it. */
static void handle_system(struct loader *loader, const struct manifest_event *event, const uint8_t *record)
{
	struct text command = { 0 }, printed = { 0 };
	int status = 0;

	if (!loader->options->is_unsafe) {
		report_error(CODE_UNSAFE, "system() needs --unsafe");
		return;
	}
	formatted(loader, event, record, &command);
	output_flush(&loader->output);
	if (!shell_output(text_cstring(&command), &printed, &status))
		report_error(CODE_RUN, "system() cannot start a shell: %s", strerror(errno));
	else if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		report_error(CODE_RUN, "command exited with code %d", WEXITSTATUS(status));
	if (loader->output.format == OUTPUT_TEXT)
		text_char(&printed, '\n');
	output_message(&loader->output, "syscall", printed.data ? printed.data : "", printed.length);
	text_free(&command);
	text_free(&printed);
}

static void handle_cat(struct loader *loader, const struct manifest_event *event, const uint8_t *record)
{
	struct text path = { 0 }, contents = { 0 };
	uint64_t left = loader->manifest->config.max_cat_bytes;
	char block[4096];
	ssize_t got;
	int fd;

	formatted(loader, event, record, &path);
	/* What is in it now: a pipe that nobody writes to must not keep everything else waiting. */
	fd = open(text_cstring(&path), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		report_error(CODE_RUN, "failed to open file '%s' (%s)", text_cstring(&path), strerror(errno));
	while (fd >= 0 && left && (got = read(fd, block, sizeof(block))) > 0) {
		text_append(&contents, block, (uint64_t)got < left ? (size_t)got : left);
		left -= (uint64_t)got < left ? (uint64_t)got : left;
	}
	if (fd >= 0) {
		close(fd);
		output_message(&loader->output, "cat", contents.data ? contents.data : "", contents.length);
	}
	text_free(&path);
	text_free(&contents);
}

static void handle_exit(struct loader *loader, const struct manifest_event *event, const uint8_t *record)
{
	loader->exit_requested = true;
	loader->exit_code = (int)(argument(event, 0, record) & 0xff);
}

static void handle_helper_error(struct loader *loader, const struct manifest_event *event, const uint8_t *record)
{
	loader->error_count++;
	report_helper_error(loader, event->format, (int64_t)argument(event, 0, record), event->places,
			    event->place_count);
}

static void handle_unwatch(struct loader *loader, const struct manifest_event *event, const uint8_t *record)
{
	unwatch(loader, argument(event, 0, record));
}

static void handle_nothing(struct loader *loader, const struct manifest_event *event, const uint8_t *record)
{
	(void)loader;
	(void)event;
	(void)record;
}

static handler *const handlers[EVENT_KIND_COUNT] = {
	[EVENT_PRINTF] = handle_printf,
	[EVENT_ERRORF] = handle_complaint,
	[EVENT_WARNF] = handle_complaint,
	[EVENT_PRINT_VALUE] = handle_value,
	[EVENT_PRINT_MAP] = handle_print_map,
	[EVENT_PRINT_MAP_ELEMENT] = handle_element,
	[EVENT_CLEAR] = handle_clear,
	[EVENT_ZERO] = handle_zero,
	[EVENT_TIME] = handle_time,
	[EVENT_JOIN] = handle_join,
	[EVENT_SYSTEM] = handle_system,
	[EVENT_CAT] = handle_cat,
	[EVENT_EXIT] = handle_exit,
	[EVENT_HELPER_ERROR] = handle_helper_error,
	[EVENT_SKBOUTPUT] = handle_nothing, /* packets.c */
	[EVENT_UNWATCH] = handle_unwatch,
};

static const bool is_slow[EVENT_KIND_COUNT] = {
	[EVENT_PRINT_MAP] = true, [EVENT_SYSTEM] = true, [EVENT_CAT] = true, [EVENT_EXIT] = true,
};

int event_handle(void *context, void *record, size_t size)
{
	struct loader *loader = context;
	const struct manifest_event *event;
	uint64_t id = size >= 4 ? values_load(record, 4) : UINT64_MAX;

	if (id >= loader->manifest->event_count || size < loader->manifest->events[id].size) {
		report_error(CODE_OBJECT, "an event does not fit the manifest");
		return 0;
	}
	event = &loader->manifest->events[id];
	loader->taken += size;
	/*
	 * Nothing of what was sent behind exit() prints, until the end probes have their turn; but what an iterator
	 * prints with printf() belongs to one reading of it, which exit() only makes the last.
	 */
	if (loader->exit_requested && !loader->ending && !(loader->iterating && event->kind == EVENT_PRINTF))
		return 0;
	if (loader->late) {
		loader->dropped++;
		return 0;
	}
	handlers[event->kind](loader, event, record);
	/* The loop has others to look after: a pause after each of what takes long, and now and then anyway. */
	loader->turn += is_slow[event->kind] ? TURN : 1;
	return loader->turn < TURN ? 0 : -EAGAIN;
}
