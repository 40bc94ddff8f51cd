/* Perf events: opening them, giving them programs; profile, software and hardware events, timers. */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "attach.h"

int perf_open(struct perf_event_attr *attr, int pid, int cpu)
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
int perf_link(int event, int program_fd, uint64_t cookie)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .perf_event.bpf_cookie = cookie);
	int link = bpf_link_create(program_fd, event, BPF_PERF_EVENT, &options);

	if (link < 0)
		return -errno;
	if (ioctl(event, PERF_EVENT_IOC_ENABLE, 0)) {
		int error = -errno;

		close(link);
		return error;
	}
	return link;
}

/* One event on each of so many CPUs. */
static int attach_cpus(struct loader *loader, struct perf_event_attr *attr, int program_fd, int wanted)
{
	int attached = 0, last = -ENODEV;

	for (int cpu = 0; cpu < loader->cpus && attached < wanted; cpu++) {
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

/* For sampling and software events. */
static int attach_each_cpu(struct loader *loader, struct perf_event_attr *attr, int program_fd)
{
	return attach_cpus(loader, attr, program_fd, loader->cpus);
}

static struct perf_event_attr clock_event(const struct manifest_attach *attach)
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
	return attr;
}

/* A timer of our own loop, if that does: a perf event costs a grace period of the kernel to take away. */
int attach_interval(struct loader *loader, const struct manifest_attach *attach, int program_fd)
{
	struct timespec period = { (time_t)(attach->period_ns / 1000000000), (long)(attach->period_ns % 1000000000) };
	struct itimerspec timer = { period, period };
	struct perf_event_attr clock = clock_event(attach);
	int fd;

	if (attach->is_event)
		return attach_cpus(loader, &clock, program_fd, 1);
	fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (timerfd_settime(fd, 0, &timer, NULL)) {
		int error = -errno;

		close(fd);
		return error;
	}
	keep(loader, fd, attach->period_ns, program_fd);
	return 0;
}

int attach_profile(struct loader *loader, const struct manifest_attach *attach, int program_fd)
{
	struct perf_event_attr clock = clock_event(attach);

	return attach_each_cpu(loader, &clock, program_fd);
}

int attach_perf(struct loader *loader, const struct manifest_attach *attach, int program_fd)
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
