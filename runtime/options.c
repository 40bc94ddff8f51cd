#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "codes.h"
#include "report.h"
#include "text.h"

static const char *text_of(json_t *root, const char *key)
{
	const char *value = json_string_value(json_object_get(root, key));

	return value ? value : "";
}

static bool set_format(struct options *options, const char *word)
{
	options->format = strcmp(word, "json") ? OUTPUT_TEXT : OUTPUT_JSON;
	options->folded = !strcmp(word, "folded");
	return !strcmp(word, "json") || !strcmp(word, "text") || options->folded;
}

static bool set_buffer(struct options *options, const char *word)
{
	static const char *const words[] = { "", "line", "full", "none" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(word, words[i])) {
			options->buffer = (enum buffer_mode)i;
			return true;
		}
	return false;
}

static bool lists(json_t *root, const char *key, const char *word)
{
	json_t *array = json_object_get(root, key);

	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *text = json_string_value(json_array_get(array, i));

		if (text && !strcmp(text, word))
			return true;
	}
	return false;
}

/* As the compiler (src/binary/debug-file.ts): a relative folder counts from here and, as libdw has it, from each program's. */
static void add_debug_folder(struct options *options, const char *folder)
{
	struct text folders = { 0 };
	char *here = *folder == '/' ? NULL : realpath(folder, NULL);

	if (*options->debug_folders)
		text_format(&folders, "%s:", options->debug_folders);
	if (here)
		text_format(&folders, "%s:", here);
	free(here);
	text_string(&folders, folder);
	free(options->debug_folders);
	options->debug_folders = copy_string(text_cstring(&folders));
	text_free(&folders);
}

static void add_debug_folders(struct options *options, json_t *array)
{
	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *folder = json_string_value(json_array_get(array, i));

		if (folder)
			add_debug_folder(options, folder);
	}
}

static bool set_mode(struct options *options, const char *word)
{
	options->mode = !strcmp(word, "test") ? MODE_TEST : !strcmp(word, "bench") ? MODE_BENCH : MODE_RUN;
	return options->mode != MODE_RUN || !*word || !strcmp(word, "run");
}

static void add_dwarf_pid(struct options *options, int pid)
{
	options->dwarf_pids =
		reallocate(options->dwarf_pids, (options->dwarf_pid_count + 1) * sizeof(*options->dwarf_pids));
	options->dwarf_pids[options->dwarf_pid_count++] = pid;
}

static void add_dwarf_pids(struct options *options, json_t *array)
{
	for (size_t i = 0; i < json_array_size(array); i++)
		add_dwarf_pid(options, (int)json_integer_value(json_array_get(array, i)));
}

/* A whole positive number; 0 for anything else. */
static int pid_of(const char *word)
{
	char *end;
	long pid;

	errno = 0;
	pid = strtol(word, &end, 10);
	return errno || end == word || *end || pid <= 0 || pid > INT_MAX ? 0 : (int)pid;
}

bool options_parse(struct options *options, const char *json, size_t length)
{
	json_t *root = json_loadb(json, length, 0, NULL);
	bool good = json_is_object(root) && set_format(options, text_of(root, "format")) &&
		    set_buffer(options, text_of(root, "buffer")) && set_mode(options, text_of(root, "mode"));

	if (good) {
		options->output = copy_string(text_of(root, "output"));
		options->command = copy_string(text_of(root, "cmd"));
		options->debug_folders = copy_string("");
		add_debug_folders(options, json_object_get(root, "debugFolders"));
		options->pid = (int)json_integer_value(json_object_get(root, "pid"));
		add_dwarf_pids(options, json_object_get(root, "dwarfPids"));
		options->verbose = (int)json_integer_value(json_object_get(root, "verbose"));
		options->quiet = json_is_true(json_object_get(root, "quiet"));
		options->is_unsafe = json_is_true(json_object_get(root, "unsafe"));
		options->warnings = json_is_true(json_object_get(root, "warnings"));
		options->dry_run = json_is_true(json_object_get(root, "dryRun"));
		options->debug_libbpf = lists(root, "debug", "libbpf");
		options->debug_verifier = lists(root, "debug", "verifier");
		options->without_uprobe_multi = lists(root, "without", "uprobe_multi");
		options->helper_errors = json_is_true(json_object_get(root, "helperErrors"));
	}
	json_decref(root);
	return good;
}

bool options_from_flags(struct options *options, int argc, char **argv, const char **object)
{
	static const struct option long_options[] = {
		{ "unsafe", no_argument, NULL, 'U' },	  { "dry-run", no_argument, NULL, 'D' },
		{ "no-warnings", no_argument, NULL, 'W' }, { "debuginfo", required_argument, NULL, 'F' },
		{ "dwarf-pid", required_argument, NULL, 'P' },
		{ NULL, 0, NULL, 0 },
	};
	int letter;

	options->output = copy_string("");
	options->command = copy_string("");
	options->debug_folders = copy_string("");
	options->warnings = true;
	while ((letter = getopt_long(argc, argv, "f:o:qvB:c:p:k", long_options, NULL)) != -1) {
		bool good = true;

		switch (letter) {
		case 'f':
			good = set_format(options, optarg);
			break;
		case 'B':
			good = set_buffer(options, optarg);
			break;
		case 'o':
			free(options->output);
			options->output = copy_string(optarg);
			break;
		case 'c':
			free(options->command);
			options->command = copy_string(optarg);
			break;
		case 'p':
			options->pid = pid_of(optarg);
			good = options->pid > 0;
			break;
		case 'P':
			good = pid_of(optarg) > 0;
			add_dwarf_pid(options, pid_of(optarg));
			break;
		case 'q':
			options->quiet = true;
			break;
		case 'v':
			options->verbose++;
			break;
		case 'k':
			options->helper_errors = true;
			break;
		case 'U':
			options->is_unsafe = true;
			break;
		case 'D':
			options->dry_run = true;
			break;
		case 'F':
			add_debug_folder(options, optarg);
			break;
		case 'W':
			options->warnings = false;
			break;
		default:
			good = false;
		}
		if (!good) {
			report_error(CODE_USAGE, "wrong option or value");
			report_hint("an object takes -f text|json|folded, -o FILE, -B line|full|none, -c COMMAND, -p PID, -q, -v, -k, --debuginfo FOLDER, "
				    "--dwarf-pid PID, --unsafe, --dry-run and --no-warnings");
			return false;
		}
	}
	if (optind + 1 != argc) {
		report_error(CODE_USAGE, "an object that is built already takes no parameters");
		return false;
	}
	*object = argv[optind];
	return true;
}

void options_free(struct options *options)
{
	free(options->output);
	free(options->command);
	free(options->debug_folders);
	free(options->dwarf_pids);
}
