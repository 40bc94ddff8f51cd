/* What the verifier says, in the script's terms where the script can do something about it. */
#include "refusal.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codes.h"
#include "manifest.h"
#include "report.h"

#define LEAKS                                                                                                          \
	"what a function of the kernel returned is not given back on every way through the probe",                     \
		"call its release function (bpf_task_release, bpf_cgroup_release, ...) wherever the pointer is not null"
#define FOLLOWS_NULL "a pointer that may be null is followed", "test it first: if ($pointer) { ... }"
#define WANTS_TRUSTED                                                                                                  \
	"a function of the kernel wants a pointer the kernel vouches for, and this is a mere number to it",            \
		"pass curtask, args of rawtracepoint, fentry or iter, or what another kernel function returned"

/*
 * Sentences of kernel/bpf/verifier.c (and kernel/bpf/btf.c) about calls of kernel functions. A script may call them, but
 * only the verifier knows who may call what with which arguments.
 */
static const struct {
	const char *sentence, *meaning, *way_out;
} kfunc_refusals[] = {
	{ " is not allowed", "programs of this probe's type may not call this function of the kernel",
	  "if (kfunc_allowed(\"NAME\")) { ... } leaves out what this kernel does not allow here; rawtracepoint, "
	  "tracepoint, fentry and iter may call more than begin, kprobe and uprobe" },
	{ "Unreleased reference", LEAKS },
	{ "reference leak", LEAKS },
	{ "rcu_read_lock-ed", "bpf_rcu_read_lock() is not followed by bpf_rcu_read_unlock() on every way through the probe",
	  NULL },
	{ "preempt_disable", "bpf_preempt_disable() is not followed by bpf_preempt_enable() on every way through the probe",
	  NULL },
	{ "Possibly NULL pointer passed", "a pointer that may be null is passed to a function of the kernel",
	  "test it first: if ($pointer) { ... }" },
	{ "or_null_ prohibited", FOLLOWS_NULL },
	{ "or_null'", FOLLOWS_NULL },
	{ "must be referenced or trusted", WANTS_TRUSTED },
	{ "must be a rcu pointer", WANTS_TRUSTED },
	{ "expected pointer to", WANTS_TRUSTED },
	{ "must point to scalar", WANTS_TRUSTED },
	{ "expects refcounted", "only what a function of the kernel returned can be given back", NULL },
	{ "must be sleepable", "this function of the kernel may sleep, and probes may not", NULL },
	{ "must be a known constant", "a function of the kernel wants a number that is known when the script is compiled",
	  NULL },
};

/* Only programs that call kernel functions are refused for these reasons. */
static bool explain_kfunc(const char *program, const char *last, const char *source)
{
	for (size_t i = 0; i < sizeof(kfunc_refusals) / sizeof(*kfunc_refusals); i++) {
		if (!strstr(last, kfunc_refusals[i].sentence))
			continue;
		report_error(CODE_KFUNC, "%s: %s", program, kfunc_refusals[i].meaning);
		if (source)
			fprintf(stderr, "  %s\n", source);
		fprintf(stderr, "  %s\n", last);
		if (kfunc_refusals[i].way_out)
			report_hint("%s", kfunc_refusals[i].way_out);
		return true;
	}
	return false;
}

/*
 * libbpf poisons what it cannot relocate and writes into the log, when the verifier gets there:
 * `failed to resolve CO-RE relocation <byte_off> [7] struct request.rq_disk (0:2 @ offset 8)`.
 */
static bool explain_field(const char *program, const char *line)
{
	const char *what = strstr(line, "CO-RE relocation"), *name, *end;

	if (!what)
		return false;
	name = strstr(what, "] ");
	if (!name)
		return false;
	name += 2;
	end = strstr(name, " (");
	report_error(CODE_FIELD, "this kernel has no %.*s, which program %s reads",
		     (int)(end ? end - name : (long)strlen(name)), name, program);
	report_hint("the object was built for another kernel: build it from the script here, or choose there with "
		    "if (field_exist(\"struct NAME\", \"FIELD\"))");
	return true;
}

/* The word in brackets of "none [integrity] confidentiality" in `mode`; false if there is no such file, or it is none. */
static bool lockdown(char *mode, size_t size)
{
	char text[64] = { 0 }, *start, *end;
	int fd = open("/sys/kernel/security/lockdown", O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	start = got > 0 ? strchr(text, '[') : NULL;
	end = start ? strchr(start, ']') : NULL;
	if (!end)
		return false;
	snprintf(mode, size, "%.*s", (int)(end - start - 1), start + 1);
	return strcmp(mode, "none") != 0;
}

/*
 * Of kernel/bpf/verifier.c, check_helper_call(): before 6.10, and since then. What a helper needs besides the kernel's
 * version, its configuration, the target cannot know.
 */
static bool explain_helper(const char *program, const char *line)
{
	static const char *const sentences[] = { "unknown func bpf_", "cannot use helper bpf_" };
	char mode[64] = "";

	for (size_t i = 0; i < sizeof(sentences) / sizeof(*sentences); i++) {
		const char *name = strstr(line, sentences[i]);

		if (!name)
			continue;
		name = strstr(name, "bpf_");
		report_error(CODE_HELPER, "program %s calls %.*s, which this kernel does not offer to such a probe", program,
			     (int)strcspn(name, "#"), name);
		if (!strncmp(name, "bpf_override_return#", 20))
			report_hint("override() needs a kernel built with CONFIG_BPF_KPROBE_OVERRIDE");
		else if (lockdown(mode, sizeof(mode)) && !strncmp(name, "bpf_probe_write_user#", 21))
			report_hint("this kernel is locked down (%s, kernel_lockdown(7)): programs may not write into processes",
				    mode);
		else if (!strcmp(mode, "confidentiality"))
			report_hint("this kernel is locked down (%s, kernel_lockdown(7)): programs may not read its memory; "
				    "args of tracepoints and fentry, pid, comm and their like need not",
				    mode);
		return true;
	}
	return false;
}

/* The name in the last call of a helper, "12: (85) call bpf_d_path#147"; its length in `length`. NULL if there is none. */
static const char *last_helper(char *const *lines, size_t count, size_t *length)
{
	while (count--) {
		const char *call = strstr(lines[count], " call bpf_"), *name = call ? call + strlen(" call bpf_") : NULL;

		*length = name ? strcspn(name, "#") : 0;
		if (name && name[*length] == '#')
			return name;
	}
	return NULL;
}

/*
 * Some helpers are allowed in some functions' programs alone, by lists in the kernel: bpf_d_path() in those of
 * btf_allowlist_d_path (kernel/trace/bpf_trace.c), and in iterators. The sentence is check_helper_call()'s. The log does not
 * say which column of the line is meant, so all places that call the helper are told, as bpftrace does.
 */
static bool explain_function(const struct manifest *manifest, const char *program, char *const *lines, size_t count)
{
	const char *helper;
	size_t length;
	bool placed = false;

	if (!strstr(lines[count - 1], "helper call is not allowed in probe"))
		return false;
	helper = last_helper(lines, count - 1, &length);
	if (!helper)
		return false;
	for (size_t i = 0; i < manifest->failure_count; i++) {
		const struct failure *use = &manifest->failures[i];

		if (strncmp(use->helper, helper, length) || use->helper[length])
			continue;
		report_error_at(CODE_HELPER, &use->place, "helper bpf_%.*s not allowed in probe", (int)length, helper);
		placed = true;
	}
	if (!placed)
		report_error(CODE_HELPER, "helper bpf_%.*s not allowed in probe %s", (int)length, helper, program);
	if (!strncmp(helper, "d_path", length))
		report_hint("the kernel allows path() in iterators and in few functions: security_file_open, vfs_getattr, "
			    "filp_close, dentry_open, vfs_truncate, vfs_fallocate");
	return true;
}

/* Both sentences stand in kernel/bpf/verifier.c: do_check() and push_stack(). */
static bool explain_complexity(const char *program, const char *line)
{
	if (!strstr(line, "BPF program is too large") && !strstr(line, "jumps is too complex"))
		return false;
	report_error(CODE_COMPLEX, "program %s is more than the kernel's verifier looks through", program);
	report_hint("it follows every way through the probe, a million instructions in all: test each condition once, "
		    "put the rest into a predicate or a probe of its own, or turn repeated code into a loop");
	return true;
}

struct lines {
	char *line[4096];
	size_t count;
};

/* The last lines; the first ones are given up when there are too many. */
static void split(char *log, struct lines *lines)
{
	char *save = NULL;

	lines->count = 0;
	for (char *line = strtok_r(log, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (!strncmp(line, "processed ", 10))
			continue;
		if (lines->count == sizeof(lines->line) / sizeof(*lines->line)) {
			memmove(lines->line, lines->line + lines->count / 2, lines->count / 2 * sizeof(*lines->line));
			lines->count /= 2;
		}
		lines->line[lines->count++] = line;
	}
}

static void explain_bug(const char *program, const struct lines *lines, const char *source)
{
	const size_t count = lines->count, first = count > 6 ? count - 6 : 0;
	bool shown = false;

	report_error(CODE_VERIFIER, "the kernel's verifier refuses program %s", program);
	for (size_t i = first; i < count; i++)
		shown |= lines->line[i] == source;
	if (source && !shown)
		fprintf(stderr, "  %s\n", source);
	for (size_t i = first; i < count; i++)
		fprintf(stderr, "  %s\n", lines->line[i]);
	if (first)
		fprintf(stderr, "  (%zu more lines: -v shows them)\n", first);
	report_hint("this is a bug in tsbt, not in the script: please report it with the script and `uname -r`");
}

void explain_refusal(const struct manifest *manifest, const char *program, char *log)
{
	static struct lines lines;
	const char *source = NULL;
	bool calls_kfuncs = strstr(log, "calling kernel function") != NULL || strstr(log, ") call bpf_") != NULL;

	split(log, &lines);
	for (size_t i = 0; i < lines.count; i++)
		if (lines.line[i][0] == ';')
			source = lines.line[i];
	for (size_t i = lines.count > 3 ? lines.count - 3 : 0; i < lines.count; i++) {
		if (explain_field(program, lines.line[i]) || explain_complexity(program, lines.line[i]) ||
		    explain_helper(program, lines.line[i]) || explain_function(manifest, program, lines.line, i + 1))
			return;
		if (calls_kfuncs && explain_kfunc(program, lines.line[i], source))
			return;
	}
	explain_bug(program, &lines, source);
}

void explain_permission(const char *what, const char *name)
{
	char mode[64];

	report_error(CODE_PRIVILEGE, "no permission to %s %s", what, name);
	if (geteuid())
		report_hint("tsbt needs root, or the capabilities CAP_BPF and CAP_PERFMON");
	else if (lockdown(mode, sizeof(mode)))
		report_hint("this kernel is locked down (%s, kernel_lockdown(7)) and refuses this to root, too; other kinds "
			    "of probes may be allowed",
			    mode);
	else
		report_hint("the kernel refuses this to root, too: it is locked down (kernel_lockdown(7)), or a security "
			    "module or container forbids it; other kinds of probes may be allowed");
}
