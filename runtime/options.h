/* How to run an object: the line of JSON the compiler sends before it (src/object/run-options.ts), or our own flags. */
#ifndef TSBT_OPTIONS_H
#define TSBT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum output_format { OUTPUT_TEXT, OUTPUT_JSON };
/* Which programs run: those that trace, or those of `test:` or `bench:` probes. */
enum run_mode { MODE_RUN, MODE_TEST, MODE_BENCH };
enum buffer_mode { BUFFER_CHOOSE, BUFFER_LINE, BUFFER_FULL, BUFFER_NONE };

struct options {
	enum output_format format;
	bool folded; /* text, maps keyed by stacks as folded stacks */
	enum buffer_mode buffer;
	char *output; /* "" is standard output */
	char *command;
	int pid;
	int *dwarf_pids; /* processes besides whose stacks are walked by unwind tables */
	size_t dwarf_pid_count;
	bool quiet, is_unsafe, warnings, dry_run, helper_errors;
	int verbose;
	bool debug_libbpf, debug_verifier;
	char *debug_folders; /* of separate debug files, with colons between, as libdw takes them; "" for none */
	bool without_uprobe_multi; /* a perf event for each user probe, as on kernels before 6.6 */
	enum run_mode mode;
};

/* False if the line is not what our compiler writes. */
bool options_parse(struct options *options, const char *json, size_t length);
/* Flags of `tsbt [-f text|json|folded] [-o FILE] [-q] [-v] [-B MODE] [-c CMD] [-p PID] [--unsafe] [--debuginfo FOLDER] FILE.o`; reports errors. */
bool options_from_flags(struct options *options, int argc, char **argv, const char **object);
void options_free(struct options *options);

#endif
