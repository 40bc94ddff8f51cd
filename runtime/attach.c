/* Attaching: the table of kinds, and running what is not attached but called. */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "attach.h"
#include "codes.h"
#include "refusal.h"
#include "report.h"

/* What uprobes say to instructions they cannot step over; of include/linux/errno.h, not for programs. */
#define ENOTSUPP 524

void keep(struct loader *loader, int fd, uint64_t period_ns, int program_fd)
{
	if (loader->attached_count == loader->attached_room) {
		loader->attached_room = loader->attached_room ? loader->attached_room * 2 : 16;
		loader->attached = reallocate(loader->attached, loader->attached_room * sizeof(*loader->attached));
	}
	loader->attached[loader->attached_count++] = (struct attached){
		.fd = fd, .period_ns = period_ns, .program_fd = program_fd
	};
}

static int attach_nothing(struct loader *loader, const struct manifest_attach *attach, int program_fd)
{
	(void)loader;
	(void)attach;
	(void)program_fd;
	return 0;
}

static attach_function *const attachers[ATTACH_KIND_COUNT] = {
	[ATTACH_BEGIN] = attach_nothing,
	[ATTACH_END] = attach_nothing,
	[ATTACH_SIGNAL] = attach_nothing,
	[ATTACH_INTERVAL] = attach_interval,
	[ATTACH_PROFILE] = attach_profile,
	[ATTACH_PERF] = attach_perf,
	[ATTACH_TRACEPOINT] = attach_tracepoint,
	[ATTACH_RAW_TRACEPOINT] = attach_raw_tracepoint,
	[ATTACH_KPROBE] = attach_kprobe,
	[ATTACH_KPROBE_MULTI] = attach_kprobe_multi,
	[ATTACH_FENTRY] = attach_fentry,
	[ATTACH_WATCHPOINT] = attach_watchpoint,
	[ATTACH_ITER] = attach_iter,
	[ATTACH_TEST] = attach_nothing,
	[ATTACH_BENCH] = attach_nothing,
};

/* Kinds of which one link may hold many. */
static attach_many_function *const many_attachers[ATTACH_KIND_COUNT] = {
	[ATTACH_UPROBE] = attach_uprobes,
};

/* `name` begins with the provider's: `kprobe:f`, `uretprobe:/bin/x:f`. */
static void explain_lack(const char *name)
{
	report_error(CODE_ATTACH, "Unable to attach probe: %s. This kernel cannot attach it.", name);
	if (!strncmp(name, "kprobe:", 7) || !strncmp(name, "kretprobe:", 10))
		report_hint("it is built without kprobes (CONFIG_KPROBE_EVENTS)");
	else if (!strncmp(name, "uprobe:", 7) || !strncmp(name, "uretprobe:", 10))
		report_hint("it is built without uprobes (CONFIG_UPROBE_EVENTS)");
}

bool attach_failed(const struct loader *loader, const char *name, int error)
{
	int policy = loader->manifest->config.missing_probes;

	if (error == -EPERM || error == -EACCES) {
		explain_permission("attach", name);
		return false;
	}
	if (policy == MISSING_IGNORE)
		return true;
	if (policy == MISSING_WARN) {
		report_warning("Unable to attach probe: %s. Skipping.", name);
		return true;
	}
	/* What arch_prepare_kprobe says to an address between two. */
	if (error == -EILSEQ)
		report_error(CODE_ATTACH, "Possible attachment attempt in the middle of an instruction, try a different offset.");
	else if (error == -EOPNOTSUPP)
		explain_lack(name);
	else if (error == -E2BIG)
		report_error(CODE_ATTACH, "Unable to attach probe: %s. 64 programs are attached to it already: the kernel allows no more.",
			     name);
	else
		report_error(CODE_ATTACH,
			     "Unable to attach probe: %s. If this is expected, set the 'missing_probes' config variable to "
			     "'warn'.",
			     name);
	if (error == -ENOTSUPP)
		report_hint("the kernel cannot probe the instruction there");
	else if (error == -E2BIG)
		report_hint("end other tracers, or write several probes on it as one");
	else if (error == -ENOENT && !strncmp(name, "hardware:", 9))
		report_hint("this processor has no such counter, or the hypervisor does not pass it on");
	else if (error != -EILSEQ && error != -EOPNOTSUPP)
		report_hint("the kernel says: %s", strerror(-error));
	return false;
}

/*
 * The kernel runs some kinds in the order they were attached and others the other way round; actions are to run as
 * they stand in the script.
 */
static bool runs_last_first(const struct manifest_attach *attach)
{
	switch (attach->kind) {
	case ATTACH_KPROBE:
	case ATTACH_KPROBE_MULTI:
		return !attach->is_return;
	case ATTACH_FENTRY:
	case ATTACH_UPROBE:
		return true;
	default:
		return false;
	}
}

/* Attaches the first of `count` places of a program, maybe with others; how many are dealt with, 0: give up. */
static size_t attach_next(struct loader *loader, const struct manifest_attach *attach, size_t count, int program_fd)
{
	attach_many_function *many = many_attachers[attach->kind];
	long together = many ? many(loader, attach, count, program_fd) : 0;
	int error;

	if (together > 0)
		return (size_t)together;
	error = together < 0 || many ? (int)together : attachers[attach->kind](loader, attach, program_fd);
	if (error == -ECANCELED)
		return 0;
	if (error)
		return attach_failed(loader, attach->probe, error) ? 1 : 0;
	loader->probe_count++;
	report_verbose("attached %s", attach->probe);
	return 1;
}

static bool attach_program(struct loader *loader, const struct manifest_program *program, bool last_first)
{
	int program_fd = object_program_fd(loader, program->name);

	for (size_t k = 0, done; k < program->attach_count; k += done) {
		done = 1;
		if (runs_last_first(&program->attach[k]) == last_first)
			done = attach_next(loader, &program->attach[k], program->attach_count - k, program_fd);
		if (!done)
			return false;
	}
	return true;
}

/* A descriptor for each place: thousands are more than a process has by default. */
static void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

bool attach_all(struct loader *loader)
{
	const struct manifest *manifest = loader->manifest;

	raise_descriptors();
	for (size_t i = 0; i < manifest->program_count; i++)
		if (!attach_program(loader, &manifest->programs[i], false))
			return false;
	for (size_t i = manifest->program_count; i-- > 0;)
		if (!attach_program(loader, &manifest->programs[i], true))
			return false;
	return true;
}

void detach_all(struct loader *loader)
{
	while (loader->attached_count)
		close(loader->attached[--loader->attached_count].fd);
	free(loader->attached);
	loader->attached = NULL;
	loader->attached_room = 0;
}

bool run_program(int program_fd)
{
	/* A raw tracepoint program wants its arguments somewhere; nobody reads them. */
	uint64_t arguments[1] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = arguments, .ctx_size_in = sizeof(arguments));

	if (!bpf_prog_test_run_opts(program_fd, &options))
		return true;
	report_error(CODE_RUN, "the kernel cannot run a program: %s", strerror(errno));
	return false;
}

bool run_programs(struct loader *loader, enum attach_kind kind, int signal)
{
	const struct manifest *manifest = loader->manifest;

	for (size_t i = 0; i < manifest->program_count; i++)
		for (size_t k = 0; k < manifest->programs[i].attach_count; k++) {
			const struct manifest_attach *attach = &manifest->programs[i].attach[k];

			if (attach->kind != kind || (kind == ATTACH_SIGNAL && attach->signal != signal))
				continue;
			if (!run_program(object_program_fd(loader, manifest->programs[i].name)))
				return false;
		}
	return true;
}
