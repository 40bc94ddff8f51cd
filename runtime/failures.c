/* What goes wrong while tracing: lost events, full maps, helpers that fail. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "loader.h"
#include "report.h"

/* Of a negative errno, as a program has sent it: any number may come. */
static const char *error_text(int64_t code)
{
	return strerror((int)(0 - (uint64_t)code));
}

static const char *helper_message(const char *helper, int64_t code)
{
	if (!strcmp(helper, "map_update_elem") && code == -E2BIG)
		return "Map full; can't update element. Try increasing max_map_keys config or manually setting the max "
		       "entries in a map declaration e.g. `let @a = hash(5000)`";
	if (!strcmp(helper, "map_delete_elem") && code == -ENOENT)
		return "Can't delete map element because it does not exist.";
	if (!strcmp(helper, "map_lookup_elem"))
		return "Can't lookup map element because it does not exist.";
	return error_text(code);
}

void report_helper_error(struct loader *loader, const char *helper, int64_t code, const struct place *places,
			 size_t place_count)
{
	struct text *out = &loader->output.text, message = { 0 };

	if (loader->output.format == OUTPUT_JSON) {
		const char *error = error_text(code);

		text_string(out, "{\"type\": \"helper_error\", \"msg\": ");
		json_text(out, error, strlen(error));
		text_string(out, ", \"helper\": ");
		json_text(out, helper, strlen(helper));
		text_format(out, ", \"retcode\": %lld", (long long)code);
		output_place(&loader->output, &places[0]);
		return;
	}
	if (!report_warnings())
		return;
	text_format(&message, "%s\nAdditional Info - helper: %s, retcode: %lld", helper_message(helper, code), helper,
		    (long long)code);
	report_at(&loader->output, false, places, place_count, true, &message);
	text_free(&message);
}

static void report_failure(struct loader *loader, const struct failure *failure, int64_t code)
{
	struct text message = { 0 };

	if (*failure->helper) {
		report_helper_error(loader, failure->helper, code, &failure->place, 1);
		return;
	}
	text_string(&message, failure->message);
	if (loader->output.format == OUTPUT_JSON)
		output_complaint(&loader->output, "runtime_error", message.data, message.length, &failure->place);
	else if (report_warnings())
		report_at(&loader->output, false, &failure->place, 1, true, &message);
	text_free(&message);
}

static void report_lost(struct loader *loader, unsigned long long fresh)
{
	if (loader->output.format == OUTPUT_JSON) {
		text_format(&loader->output.text,
			    "{\"type\": \"lost_events\", \"count\": %llu, \"data\": {\"events\": %llu}}\n", fresh, fresh);
		output_written(&loader->output);
	} else {
		fprintf(stderr, "Lost %llu events\n", fresh);
	}
}

void report_failures(struct loader *loader)
{
	size_t count = loader->manifest->failure_count;
	uint64_t *words = allocate_zeroed(count + 1, sizeof(*words)), lost;
	uint32_t key = 0;

	if (loader->counters_fd >= 0 && bpf_map_lookup_elem(loader->counters_fd, &key, words))
		memset(words, 0, (count + 1) * sizeof(*words));
	lost = words[0] + loader->dropped;
	if (lost > loader->lost_reported)
		report_lost(loader, lost - loader->lost_reported);
	loader->lost_reported = lost > loader->lost_reported ? lost : loader->lost_reported;
	for (size_t i = 0; i < count; i++) {
		if (words[i + 1] && !loader->told[i])
			/* Helpers of maps return an int, whose upper half is not extended before Linux 6.4. */
			report_failure(loader, &loader->manifest->failures[i], (int32_t)words[i + 1]);
		loader->told[i] = loader->told[i] || words[i + 1];
	}
	free(words);
}
