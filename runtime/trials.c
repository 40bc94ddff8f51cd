/* `--test` and `--bench`: the programs of test: and bench: probes are run by us instead of being attached. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "codes.h"
#include "json.h"
#include "loader.h"
#include "report.h"

#define GREEN(word) "\033[32m" word "\033[0m "
#define RED(word) "\033[31m" word "\033[0m "

/* A bench program runs until its own time adds up to this much. */
#define BENCH_NS 1000000

struct trial {
	const char *name;
	int program_fd;
	uint64_t duration_ns;
	bool passed;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static size_t collect(struct loader *loader, enum attach_kind kind, struct trial **trials)
{
	const struct manifest *manifest = loader->manifest;
	size_t count = 0;

	*trials = NULL;
	for (size_t i = 0; i < manifest->program_count; i++)
		for (size_t k = 0; k < manifest->programs[i].attach_count; k++) {
			const struct manifest_attach *attach = &manifest->programs[i].attach[k];

			if (attach->kind != kind)
				continue;
			*trials = reallocate(*trials, (count + 1) * sizeof(**trials));
			(*trials)[count++] = (struct trial){
				.name = strchr(attach->probe, ':') ? strchr(attach->probe, ':') + 1 : attach->probe,
				.program_fd = object_program_fd(loader, manifest->programs[i].name),
			};
		}
	return count;
}

/* Runs a program once. What it prints stays in the buffer of `loader->output`, which is captured. */
static bool run_once(struct loader *loader, struct ring_buffer *ring, int program_fd, uint32_t *result)
{
	uint64_t arguments[1] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = arguments, .ctx_size_in = sizeof(arguments));

	if (bpf_prog_test_run_opts(program_fd, &options)) {
		report_error(CODE_RUN, "the kernel cannot run a program: %s", strerror(errno));
		return false;
	}
	if (ring)
		ring_buffer__consume(ring);
	*result = options.retval;
	/* exit() ends a trial, not the run. */
	loader->exit_requested = false;
	return true;
}

static void print_duration(struct text *out, uint64_t ns)
{
	static const struct {
		uint64_t scale;
		const char *unit;
	} units[] = { { 1000000000, "s" }, { 1000000, "ms" }, { 1000, "us" }, { 1, "ns" } };
	size_t at = 0;

	while (at < 3 && ns < units[at].scale)
		at++;
	text_format(out, " (%" PRIu64 " %s)\n", ns / units[at].scale, units[at].unit);
}

/* What a failed test printed, without empty lines. */
static void print_lines(struct text *out, const char *lines)
{
	while (*lines) {
		size_t length = strcspn(lines, "\n");

		if (length) {
			text_append(out, lines, length);
			text_char(out, '\n');
		}
		lines += length + !!lines[length];
	}
}

static void print_test(struct loader *loader, const struct trial *test, struct text *printed)
{
	struct text *out = &loader->output.text;

	if (loader->output.format == OUTPUT_JSON) {
		text_string(out, "{\"type\": \"test_result\", \"data\": {");
		json_text(out, test->name, strlen(test->name));
		text_format(out, ": {\"duration\": %" PRIu64 ", \"passed\": %s, \"output\": ", test->duration_ns,
			    test->passed ? "true" : "false");
		json_text(out, text_cstring(printed), printed->length);
		text_string(out, "}}}\n");
	} else {
		text_format(out, GREEN("[ RUN      ]") "%s\n", test->name);
		if (test->passed) {
			text_format(out, GREEN("[       OK ]") "%s", test->name);
		} else {
			print_lines(out, text_cstring(printed));
			text_format(out, RED("[  FAILED  ]") "%s", test->name);
		}
		print_duration(out, test->duration_ns);
	}
	output_written(&loader->output);
}

static const char *tests_word(size_t count)
{
	return count == 1 ? "test" : "tests";
}

static void print_summary(struct loader *loader, const struct trial *tests, size_t count, size_t failed)
{
	struct text *out = &loader->output.text;

	if (loader->output.format == OUTPUT_JSON)
		return;
	text_format(out, GREEN("[==========]") "%zu %s ran.\n", count, tests_word(count));
	text_format(out, GREEN("[  PASSED  ]") "%zu %s.\n", count - failed, tests_word(count - failed));
	if (failed)
		text_format(out, RED("[  FAILED  ]") "%zu %s, listed below:\n", failed, tests_word(failed));
	for (size_t i = 0; i < count; i++)
		if (!tests[i].passed)
			text_format(out, RED("[  FAILED  ]") "%s\n", tests[i].name);
	output_written(&loader->output);
}

bool run_tests(struct loader *loader, struct ring_buffer *ring)
{
	struct trial *tests;
	size_t count = collect(loader, ATTACH_TEST, &tests), failed = 0;
	enum output_format format = loader->output.format;
	bool good = true;

	if (count && format == OUTPUT_TEXT)
		text_format(&loader->output.text, GREEN("[==========]") "Running %zu tests.\n", count);
	for (size_t i = 0; good && i < count; i++) {
		struct text printed;
		uint32_t result = 0;
		uint64_t start;

		/* What a test prints is text, whatever the format of the report. */
		output_capture(&loader->output, OUTPUT_TEXT);
		loader->error_count = 0;
		start = now_ns();
		good = run_once(loader, ring, tests[i].program_fd, &result);
		tests[i].duration_ns = now_ns() - start;
		tests[i].passed = good && !result && !loader->exit_code && !loader->error_count;
		printed = output_captured(&loader->output, format);
		failed += !tests[i].passed;
		loader->exit_code = 0;
		if (good)
			print_test(loader, &tests[i], &printed);
		text_free(&printed);
	}
	if (good && count)
		print_summary(loader, tests, count, failed);
	free(tests);
	loader->exit_code = failed ? 1 : 0;
	return good;
}

/* The kernel's own measure: nanoseconds spent in a program and how often it ran, while statistics are enabled. */
static bool read_statistics(int program_fd, uint64_t *ns, uint64_t *runs)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(program_fd, &info, &size))
		return false;
	*ns = info.run_time_ns;
	*runs = info.run_cnt;
	return true;
}

static void print_bench(struct loader *loader, const struct trial *bench, size_t width, uint64_t runs)
{
	struct text *out = &loader->output.text;

	if (loader->output.format == OUTPUT_JSON) {
		text_string(out, "{\"type\": \"benchmark_result\", \"data\": {");
		json_text(out, bench->name, strlen(bench->name));
		text_format(out, ": {\"average\": %" PRIu64 ", \"iters\": %" PRIu64 "}}}\n", bench->duration_ns, runs);
	} else {
		text_format(out, "%-*s%-15" PRIu64 "%" PRIu64 "\n", (int)width, bench->name, bench->duration_ns, runs);
	}
	output_written(&loader->output);
}

/* False when the bench could not run; one that returns other than 0 is left out, as bpftrace leaves it out. */
static bool measure(struct loader *loader, struct ring_buffer *ring, struct trial *bench, uint64_t *runs)
{
	enum output_format format = loader->output.format;
	uint64_t ns = 0;
	uint32_t result = 0;
	bool good = true, skipped = false;

	loader->error_count = 0;
	*runs = 0;
	while (good && !skipped && ns < BENCH_NS && !loader->exit_code && !loader->error_count) {
		struct text printed;

		output_capture(&loader->output, OUTPUT_TEXT);
		for (int i = 0; good && !result && i < 64; i++)
			good = run_once(loader, ring, bench->program_fd, &result);
		printed = output_captured(&loader->output, format);
		text_free(&printed);
		skipped = result != 0;
		good = good && read_statistics(bench->program_fd, &ns, runs);
	}
	bench->passed = good && !loader->exit_code && !loader->error_count;
	loader->exit_code = 0;
	if (skipped && bench->passed)
		*runs = 0;
	bench->duration_ns = *runs ? ns / *runs : 0;
	return good;
}

bool run_benches(struct loader *loader, struct ring_buffer *ring)
{
	struct trial *benches;
	size_t count = collect(loader, ATTACH_BENCH, &benches), width = 40;
	int statistics_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	bool good = statistics_fd >= 0, failed = false;

	if (!good)
		report_error(CODE_RUN, "the kernel cannot measure programs: %s", strerror(errno));
	for (size_t i = 0; i < count; i++)
		width = strlen(benches[i].name) > width ? strlen(benches[i].name) : width;
	width++;
	if (good && count && loader->output.format == OUTPUT_TEXT) {
		text_format(&loader->output.text, "%-*s%-15s%s\n", (int)width, "Benchmark", "Time(ns)", "Iterations");
		text_fill(&loader->output.text, '-', width + 25);
		text_char(&loader->output.text, '\n');
	}
	for (size_t i = 0; good && i < count; i++) {
		uint64_t runs;

		good = measure(loader, ring, &benches[i], &runs);
		if (good && !benches[i].passed) {
			report_error(CODE_RUN, "benchmark '%s' failed", benches[i].name);
			failed = true;
		} else if (good && runs) {
			print_bench(loader, &benches[i], width, runs);
		}
	}
	if (statistics_fd >= 0)
		close(statistics_fd);
	free(benches);
	loader->exit_code = failed ? 1 : 0;
	return good;
}
