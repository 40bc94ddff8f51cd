#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "codes.h"
#include "loader.h"
#include "report.h"

#define TRACEFS "/sys/kernel/tracing"

static void keep(struct loader *loader, int fd, uint64_t period_ns, int program_fd)
{
	if (loader->attached_count == loader->attached_room) {
		loader->attached_room = loader->attached_room ? loader->attached_room * 2 : 16;
		loader->attached = reallocate(loader->attached, loader->attached_room * sizeof(*loader->attached));
	}
	loader->attached[loader->attached_count++] = (struct attached){ fd, period_ns, program_fd };
}

static int perf_open(struct perf_event_attr *attr, int pid, int cpu)
{
	return (int)syscall(SYS_perf_event_open, attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

/* Programs without a link: the event runs it until it is closed. */
static int perf_run(int event, int program_fd)
{
	if (ioctl(event, PERF_EVENT_IOC_SET_BPF, program_fd) || ioctl(event, PERF_EVENT_IOC_ENABLE, 0))
		return -errno;
	return 0;
}

/* bpf(2) itself: libbpf's functions want to own the link, and would look up again what we know. */
static int perf_link(int event, int program_fd, uint64_t cookie)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .perf_event.bpf_cookie = cookie);
	int link = bpf_link_create(program_fd, event, BPF_PERF_EVENT, &options);

	if (link < 0)
		return -errno;
	return ioctl(event, PERF_EVENT_IOC_ENABLE, 0) ? -errno : link;
}

/* One event on every CPU, for sampling and software events. */
static int attach_each_cpu(struct loader *loader, struct perf_event_attr *attr, int program_fd)
{
	int attached = 0, last = -ENODEV;

	for (int cpu = 0; cpu < loader->cpus; cpu++) {
		int event = perf_open(attr, -1, cpu), error;

		if (event < 0) {
			last = -errno;
			if (last == -ENODEV) /* a CPU that is possible, but off */
				continue;
			return last;
		}
		error = perf_run(event, program_fd);
		if (error) {
			close(event);
			return error;
		}
		keep(loader, event, 0, program_fd);
		attached++;
	}
	return attached ? 0 : last;
}

static int attach_nothing(struct loader *loader, const struct manifest_attach *attach, int program_fd)
{
	(void)loader;
	(void)attach;
	(void)program_fd;
	return 0;
}

/* A timer of our own loop: a perf event would cost a grace period of the kernel to take away. */
static int attach_interval(struct loader *loader, const struct manifest_attach *attach, int program_fd)
{
	struct timespec period = { (time_t)(attach->period_ns / 1000000000), (long)(attach->period_ns % 1000000000) };
	struct itimerspec timer = { period, period };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

	if (fd < 0 || timerfd_settime(fd, 0, &timer, NULL))
		return -errno;
	keep(loader, fd, attach->period_ns, program_fd);
	return 0;
}

static int attach_profile(struct loader *loader, const struct manifest_attach *attach, int program_fd)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.freq = attach->frequency != 0,
		.disabled = 1,
	};

	if (attach->frequency)
		attr.sample_freq = attach->frequency;
	else
		attr.sample_period = attach->period_ns;
	return attach_each_cpu(loader, &attr, program_fd);
}

static int attach_perf(struct loader *loader, const struct manifest_attach *attach, int program_fd)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = attach->perf_type,
		.config = attach->perf_config,
		.sample_period = attach->perf_period,
		.disabled = 1,
	};

	return attach_each_cpu(loader, &attr, program_fd);
}

static int tracepoint_id(const char *category, const char *event)
{
	char path[512], text[32] = { 0 };
	ssize_t got;
	int fd;

	for (int tries = 0; tries < 2; tries++) {
		snprintf(path, sizeof(path), TRACEFS "/events/%s/%s/id", category, event);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0) {
			got = read(fd, text, sizeof(text) - 1);
			close(fd);
			return got > 0 ? atoi(text) : -EINVAL;
		}
		if (!access(TRACEFS "/events", F_OK) || mount("tracefs", TRACEFS, "tracefs", 0, NULL))
			break;
	}
	return -ENOENT;
}

static int attach_tracepoint(struct loader *loader, const struct manifest_attach *attach, int program_fd)
{
	int id = tracepoint_id(attach->category, attach->name);
	struct perf_event_attr attr = {
		.size = sizeof(attr), .type = PERF_TYPE_TRACEPOINT, .config = (uint64_t)id, .sample_period = 1, .disabled = 1,
	};
	int event, link;

	if (id < 0)
		return id;
	event = perf_open(&attr, -1, 0);
	if (event < 0)
		return -errno;
	link = perf_link(event, program_fd, attach->cookie);
	if (link < 0) {
		close(event);
		return link;
	}
	keep(loader, link, 0, program_fd);
	keep(loader, event, 0, program_fd);
	return 0;
}

static int attach_raw_tracepoint(struct loader *loader, const struct manifest_attach *attach, int program_fd)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);
	bool typed = !bpf_obj_get_info_by_fd(program_fd, &info, &size) && info.type == BPF_PROG_TYPE_TRACING;
	/* A typed program knows its tracepoint since it was loaded. */
	int link = bpf_raw_tracepoint_open(typed ? NULL : attach->name, program_fd);

	if (link < 0)
		return -errno;
	keep(loader, link, 0, program_fd);
	return 0;
}

static int attach_fentry(struct loader *loader, const struct manifest_attach *attach, int program_fd)
{
	int link = bpf_raw_tracepoint_open(NULL, program_fd);

	(void)attach;
	if (link < 0)
		return -errno;
	keep(loader, link, 0, program_fd);
	return 0;
}

static int pmu_number(const char *file)
{
	char text[64] = { 0 };
	int fd = open(file, O_RDONLY | O_CLOEXEC), number = -ENOENT;
	ssize_t got;

	if (fd < 0)
		return -ENOENT;
	got = read(fd, text, sizeof(text) - 1);
	if (got > 0)
		number = atoi(strchr(text, ':') ? strchr(text, ':') + 1 : text);
	close(fd);
	return number;
}

/* A PMU of its own makes a probe of a name or file and offset; nothing is left in tracefs. */
static int attach_by_pmu(struct loader *loader, const struct manifest_attach *attach, int program_fd, bool user)
{
	const char *folder = user ? "/sys/bus/event_source/devices/uprobe" : "/sys/bus/event_source/devices/kprobe";
	const char *name = user ? attach->path : attach->name;
	char path[128];
	int pid = attach->pid > 0 ? attach->pid : attach->pid < 0 && loader->child.pid ? loader->child.pid : -1;
	struct perf_event_attr attr = { .size = sizeof(attr), .disabled = 1 };
	int type, bit, event, link;

	snprintf(path, sizeof(path), "%s/type", folder);
	type = pmu_number(path);
	snprintf(path, sizeof(path), "%s/format/retprobe", folder);
	bit = pmu_number(path);
	if (type < 0)
		return -EOPNOTSUPP;
	attr.type = (uint32_t)type;
	attr.config = attach->is_return && bit >= 0 ? 1ull << bit : 0;
	/* Upper half of config: file offset of a semaphore to count up (include/uapi/linux/perf_event.h). */
	attr.config |= attach->semaphore << 32;
	attr.config1 = (uint64_t)(uintptr_t)name;
	attr.config2 = attach->offset;
	event = perf_open(&attr, user ? pid : -1, user && pid > 0 ? -1 : 0);
	if (event < 0)
		return -errno;
	link = perf_link(event, program_fd, attach->cookie);
	if (link < 0) {
		close(event);
		return link;
	}
	keep(loader, link, 0, program_fd);
	keep(loader, event, 0, program_fd);
	return 0;
}

static int attach_kprobe(struct loader *loader, const struct manifest_attach *attach, int program_fd)
{
	return attach_by_pmu(loader, attach, program_fd, false);
}

static int attach_uprobe(struct loader *loader, const struct manifest_attach *attach, int program_fd)
{
	return attach_by_pmu(loader, attach, program_fd, true);
}

static int attach_kprobe_multi(struct loader *loader, const struct manifest_attach *attach, int program_fd)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .kprobe_multi.syms = attach->functions,
		    .kprobe_multi.cnt = (uint32_t)attach->target_count,
		    .kprobe_multi.flags = attach->is_return ? BPF_F_KPROBE_MULTI_RETURN : 0);
	int link = bpf_link_create(program_fd, 0, BPF_TRACE_KPROBE_MULTI, &options);

	if (link < 0)
		return -errno;
	keep(loader, link, 0, program_fd);
	return 0;
}

/* An iterator is read once, to its end; what it prints are events like any other. */
static int attach_iter(struct loader *loader, const struct manifest_attach *attach, int program_fd)
{
	int link = bpf_link_create(program_fd, 0, BPF_TRACE_ITER, NULL);
	char block[4096];
	ssize_t got;
	int iterator;

	(void)attach;
	if (link < 0)
		return -errno;
	iterator = bpf_iter_create(link);
	if (iterator < 0) {
		close(link);
		return -errno;
	}
	while ((got = read(iterator, block, sizeof(block))) > 0)
		text_append(&loader->output.text, block, (size_t)got);
	close(iterator);
	keep(loader, link, 0, program_fd);
	return 0;
}

static int attach_unsupported(struct loader *loader, const struct manifest_attach *attach, int program_fd)
{
	(void)loader;
	(void)attach;
	(void)program_fd;
	return -EOPNOTSUPP;
}

typedef int attach_function(struct loader *loader, const struct manifest_attach *attach, int program_fd);

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
	[ATTACH_UPROBE_MULTI] = attach_unsupported,
	[ATTACH_USDT] = attach_unsupported,
	[ATTACH_WATCHPOINT] = attach_unsupported,
	[ATTACH_ITER] = attach_iter,
	[ATTACH_TEST] = attach_nothing,
	[ATTACH_BENCH] = attach_nothing,
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

bool attach_all(struct loader *loader)
{
	const struct manifest *manifest = loader->manifest;

	for (size_t i = 0; i < manifest->program_count; i++) {
		int program_fd = object_program_fd(loader, manifest->programs[i].name);

		for (size_t k = 0; k < manifest->programs[i].attach_count; k++) {
			const struct manifest_attach *attach = &manifest->programs[i].attach[k];
			int error = attachers[attach->kind](loader, attach, program_fd);

			if (error && !cannot_attach(loader, attach, error))
				return false;
			loader->probe_count += !error;
			report_verbose("attached %s", attach->probe);
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
