/* Loading: maps and programs into the kernel, and what to say when it refuses. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "attach.h"
#include "codes.h"
#include "loader.h"
#include "refusal.h"
#include "report.h"

#define LOG_SIZE (1u << 24)

/* CAP_SYS_ADMIN, or CAP_BPF and CAP_PERFMON. */
static bool is_privileged(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	uint64_t own, both = 1ull << CAP_BPF | 1ull << CAP_PERFMON;

	if (syscall(SYS_capget, &header, data))
		return false;
	own = (uint64_t)data[1].effective << 32 | data[0].effective;
	return own & 1ull << CAP_SYS_ADMIN || (own & both) == both;
}

/*
 * A kernel that refuses a program typed after a function (no ftrace, or locked down) says the same as to somebody
 * without privilege. Its probe, or NULL.
 */
static const char *refused_typed(const struct loader *loader)
{
	const struct manifest *manifest = loader->manifest;

	if (!is_privileged())
		return NULL;
	for (size_t i = 0; i < manifest->program_count; i++)
		if (manifest->programs[i].attach_count && manifest->programs[i].attach->kind == ATTACH_FENTRY)
			return manifest->programs[i].attach->probe;
	return NULL;
}

static void explain_load(struct loader *loader, int error)
{
	struct bpf_program *program;
	const char *refused;

	if (error == -EPERM && (refused = refused_typed(loader))) {
		report_error(CODE_ATTACH, "Unable to attach probe: %s. This kernel cannot attach it.", refused);
		report_hint("it is built without tracing of functions (CONFIG_FUNCTION_TRACER), or locked down "
			    "(kernel_lockdown(7))");
		return;
	}
	if (error == -EPERM) {
		bpf_object__for_each_program(program, loader->object)
			if (bpf_program__fd(program) < 0)
				break;
		explain_permission("load program", program ? bpf_program__name(program) : "");
		return;
	}
	bpf_object__for_each_program(program, loader->object) {
		size_t size = 0;
		/* The buffer is ours, and nobody else needs it any more. */
		char *log = (char *)(uintptr_t)bpf_program__log_buf(program, &size);

		if (log && *log && bpf_program__fd(program) < 0) {
			if (report_verbosity() > 0)
				fputs(log, stderr);
			explain_refusal(loader->manifest, bpf_program__name(program), log);
			return;
		}
	}
	if (error == -E2BIG || error == -ENOMEM)
		report_error(CODE_KERNEL, "the kernel has no room for a map of this script: %s", strerror(-error));
	else
		report_error(CODE_KERNEL, "the kernel refuses the script's maps or programs: %s", strerror(-error));
	report_hint("max_map_keys and perf_rb_pages in a config block set the sizes of maps; -v says more");
}

static bool has_prefix(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* A program that watches another one: that one is held until this one is attached to it. */
static bool set_program_target(struct loader *loader, struct bpf_program *program, const struct manifest_attach *attach)
{
	int fd = bpf_prog_get_fd_by_id(attach->program_id);

	if (fd >= 0) {
		keep(loader, fd, 0, -1);
		if (!bpf_program__set_attach_target(program, fd, attach->name))
			return true;
	}
	report_error(CODE_ATTACH, "No valid BPF program found with name: %s and id: %u.", attach->name,
		     attach->program_id);
	return false;
}

/* Typed programs are checked against what they will be attached to. */
static bool set_target(struct loader *loader, struct bpf_program *program, const struct manifest_attach *attach)
{
	const char *section = bpf_program__section_name(program);

	if (attach->kind == ATTACH_FENTRY && attach->program_id)
		return set_program_target(loader, program, attach);
	if (has_prefix(section, "tp_btf") || attach->kind == ATTACH_FENTRY)
		bpf_program__set_attach_target(program, 0, attach->name);
	else if (attach->kind == ATTACH_ITER)
		bpf_program__set_attach_target(program, 0, attach->target);
	else if (attach->kind == ATTACH_KPROBE_MULTI)
		bpf_program__set_expected_attach_type(program, kprobe_multi_attach_type(attach));
	else if (attach->kind == ATTACH_UPROBE && !loader->options->without_uprobe_multi && uprobe_multi_attach_type()) {
		loader->uprobe_multi = true;
		bpf_program__set_expected_attach_type(program, (enum bpf_attach_type)uprobe_multi_attach_type());
	}
	return true;
}

static bool set_targets(struct loader *loader)
{
	const struct manifest *manifest = loader->manifest;

	for (size_t i = 0; i < manifest->program_count; i++) {
		struct bpf_program *program = bpf_object__find_program_by_name(loader->object, manifest->programs[i].name);

		if (manifest->programs[i].attach_count && !set_target(loader, program, manifest->programs[i].attach))
			return false;
	}
	return true;
}

/*
 * Before 6.3 the verifier takes two ways to the same place for equal only if what they hold has the same numbers (refsafe()
 * in kernel/bpf/verifier.c), which those of two reservations in the ring buffer never have. It does not look at each place,
 * but where eight instructions and two jumps lie behind the last one. In a row of printf()s it may so happen that all of
 * them are places at which a record is held: then each printf() doubles the ways, and twenty are too many.
 */
static bool forgets_where_ways_meet(void)
{
	struct utsname name;
	unsigned major, minor;

	return !uname(&name) && sscanf(name.release, "%u.%u", &major, &minor) == 2 && (major < 6 || (major == 6 && minor < 3));
}

/* Has the verifier look at each place. Longer scripts take it somewhat longer, so newer kernels are spared. */
static void ease_verification(struct loader *loader)
{
	struct bpf_program *program;

	if (!forgets_where_ways_meet())
		return;
	bpf_object__for_each_program(program, loader->object)
		bpf_program__set_flags(program, bpf_program__flags(program) | BPF_F_TEST_STATE_FREQ);
}

static void bind_maps(struct loader *loader)
{
	const struct manifest *manifest = loader->manifest;

	loader->maps = allocate_zeroed(manifest->map_count, sizeof(*loader->maps));
	for (size_t i = 0; i < manifest->map_count; i++) {
		const struct bpf_map *map = object_map(loader, manifest->maps[i].symbol);

		loader->maps[i] = (struct loaded_map){
			.manifest = &manifest->maps[i],
			.fd = bpf_map__fd(map),
			.key_size = bpf_map__key_size(map),
			.value_size = bpf_map__value_size(map),
			.max_entries = bpf_map__max_entries(map),
		};
	}
	loader->counters_fd = object_map_fd(loader, manifest->counters);
	loader->told = allocate_zeroed(manifest->failure_count, sizeof(*loader->told));
}

/*
 * One buffer serves all programs: they are loaded one after the other, and the first refused one ends it. To show all
 * logs, each gets its own.
 */
struct logs {
	char **own;
	size_t count;
};

static void give_logs(const struct loader *loader, struct logs *logs)
{
	bool all = loader->options->debug_verifier;
	struct bpf_program *program;
	size_t i = 0;

	logs->count = all ? loader->manifest->program_count : 1;
	logs->own = allocate_zeroed(logs->count, sizeof(*logs->own));
	bpf_object__for_each_program(program, loader->object) {
		if (i < logs->count && !logs->own[i]) {
			logs->own[i] = malloc(LOG_SIZE);
			if (logs->own[i])
				*logs->own[i] = '\0';
		}
		if (logs->own[i])
			bpf_program__set_log_buf(program, logs->own[i], LOG_SIZE);
		if (all)
			bpf_program__set_log_level(program, 1);
		i += all && i + 1 < logs->count;
	}
}

static void take_logs(const struct loader *loader, struct logs *logs)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, loader->object) {
		size_t size = 0;
		const char *log = bpf_program__log_buf(program, &size);

		if (loader->options->debug_verifier && log)
			fprintf(stderr, "BPF verifier log for %s:\n%s\n", bpf_program__name(program), log);
		bpf_program__set_log_buf(program, NULL, 0);
	}
	for (size_t i = 0; i < logs->count; i++)
		free(logs->own[i]);
	free(logs->own);
}

bool object_load(struct loader *loader)
{
	struct logs logs = { 0 };
	int error;

	loader->cpus = libbpf_num_possible_cpus();
	if (loader->cpus <= 0) {
		report_error(CODE_KERNEL, "cannot learn how many CPUs there are: %s", strerror(-loader->cpus));
		report_hint("mount /sys: the kernel tells it in /sys/devices/system/cpu/possible");
		return false;
	}
	if (!set_targets(loader))
		return false;
	ease_verification(loader);
	give_logs(loader, &logs);
	error = bpf_object__load(loader->object);
	if (error)
		explain_load(loader, error);
	else
		bind_maps(loader);
	take_logs(loader, &logs);
	return !error;
}
