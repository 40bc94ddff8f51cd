/* Attaching: the table of kinds, and running what is not attached but called. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "codes.h"
#include "report.h"

void keep(struct loader *loader, int fd, uint64_t period_ns, int program_fd)
{
	if (loader->attached_count == loader->attached_room) {
		loader->attached_room = loader->attached_room ? loader->attached_room * 2 : 16;
		loader->attached = reallocate(loader->attached, loader->attached_room * sizeof(*loader->attached));
	}
	loader->attached[loader->attached_count++] = (struct attached){ fd, period_ns, program_fd };
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
	[ATTACH_UPROBE] = attach_uprobe,
	[ATTACH_WATCHPOINT] = attach_watchpoint,
	[ATTACH_ITER] = attach_iter,
	[ATTACH_TEST] = attach_nothing,
	[ATTACH_BENCH] = attach_nothing,
};

/* Kinds of which one link may hold many. */
static attach_many_function *const many_attachers[ATTACH_KIND_COUNT] = {
	[ATTACH_UPROBE] = attach_uprobes,
};

static bool cannot_attach(const struct loader *loader, const struct manifest_attach *attach, int error)
{
	bool missing = error == -ENOENT || error == -EINVAL || error == -EOPNOTSUPP;

	if (missing && loader->manifest->config.missing_probes != MISSING_ERROR) {
		if (loader->manifest->config.missing_probes == MISSING_WARN)
			report_warning("could not attach probe %s, skipping it: %s", attach->probe, strerror(-error));
		return true;
	}
	if (error == -EPERM || error == -EACCES) {
		report_error(CODE_PRIVILEGE, "no permission to attach %s", attach->probe);
		report_hint("tsbt needs root, or the capabilities CAP_BPF and CAP_PERFMON");
	} else if (error == -EOPNOTSUPP) {
		report_error(CODE_ATTACH, "this kernel cannot attach %s", attach->probe);
	} else {
		report_error(CODE_ATTACH, "could not attach %s (line %u): %s", attach->probe, attach->line,
			     strerror(-error));
	}
	return false;
}

/* Attaches the first of `count` places of a program, maybe with others; how many are dealt with, 0: give up. */
static size_t attach_next(struct loader *loader, const struct manifest_attach *attach, size_t count, int program_fd)
{
	attach_many_function *many = many_attachers[attach->kind];
	size_t together = many ? many(loader, attach, count, program_fd) : 0;
	int error;

	if (together) {
		loader->probe_count += together;
		for (size_t i = 0; i < together; i++)
			report_verbose("attached %s", attach[i].probe);
		return together;
	}
	error = attachers[attach->kind](loader, attach, program_fd);
	if (error)
		return cannot_attach(loader, attach, error) ? 1 : 0;
	loader->probe_count++;
	report_verbose("attached %s", attach->probe);
	return 1;
}

bool attach_all(struct loader *loader)
{
	const struct manifest *manifest = loader->manifest;

	for (size_t i = 0; i < manifest->program_count; i++) {
		const struct manifest_program *program = &manifest->programs[i];
		int program_fd = object_program_fd(loader, program->name);

		for (size_t k = 0, done; k < program->attach_count; k += done) {
			done = attach_next(loader, &program->attach[k], program->attach_count - k, program_fd);
			if (!done)
				return false;
		}
	}
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
