#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "codes.h"
#include "loader.h"
#include "report.h"
#include "symbols-kernel.h"
#include "symbols-user.h"

/* What woke the loop: kinds stand in the upper half of epoll's word, an index in the lower. */
enum source { SOURCE_RING = 1, SOURCE_SIGNAL, SOURCE_CHILD, SOURCE_PROCESS, SOURCE_TIMER };

/* How long the loop sleeps at most: lost events and full maps are looked for in between. */
#define CHECK_MS 1000

struct loop {
	struct loader *loader;
	struct ring_buffer *ring;
	int epoll_fd, signal_fd, process_fd;
	bool ended;
};

static size_t read_stack(void *context, const char *symbol, int64_t id, uint64_t *frames, size_t depth)
{
	const struct loader *loader = context;
	int fd = object_map_fd(loader, symbol);
	uint32_t key = (uint32_t)id;
	size_t count = 0;
	uint64_t *whole;
	struct bpf_map_info info = { 0 };
	uint32_t size = sizeof(info);

	if (fd < 0 || id < 0 || id > UINT32_MAX || bpf_obj_get_info_by_fd(fd, &info, &size))
		return 0;
	whole = allocate_zeroed(1, info.value_size);
	if (!bpf_map_lookup_elem(fd, &key, whole))
		for (; count < depth && count < info.value_size / 8 && whole[count]; count++)
			frames[count] = whole[count];
	free(whole);
	return count;
}

static bool watch(struct loop *loop, int fd, enum source source, uint32_t index)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = (uint64_t)source << 32 | index };

	return !epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void block_signals(struct loop *loop)
{
	const struct manifest *manifest = loop->loader->manifest;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	for (size_t i = 0; i < manifest->program_count; i++)
		for (size_t k = 0; k < manifest->programs[i].attach_count; k++)
			if (manifest->programs[i].attach[k].kind == ATTACH_SIGNAL)
				sigaddset(&set, manifest->programs[i].attach[k].signal);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	loop->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static bool open_process(struct loop *loop)
{
	int pid = loop->loader->options->pid;

	loop->process_fd = -1;
	if (!pid)
		return true;
	loop->process_fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (loop->process_fd >= 0)
		return true;
	report_error(CODE_PROCESS, "cannot trace process %d: %s", pid, strerror(errno));
	return false;
}

static void write_state(const struct loader *loader)
{
	int fd = object_map_fd(loader, loader->manifest->state);
	struct timespec boot, monotonic;
	uint64_t state[32] = { 0 };
	struct bpf_map_info info = { 0 };
	uint32_t size = sizeof(info), key = 0;

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) || info.value_size > sizeof(state))
		return;
	clock_gettime(CLOCK_BOOTTIME, &boot);
	clock_gettime(CLOCK_MONOTONIC, &monotonic);
	state[0] = (uint64_t)boot.tv_sec * 1000000000 + (uint64_t)boot.tv_nsec;
	state[1] = (uint64_t)loader->child.pid;
	state[3] = (uint64_t)monotonic.tv_sec * 1000000000 + (uint64_t)monotonic.tv_nsec;
	bpf_map_update_elem(fd, &key, state, BPF_ANY);
}

static void drain(struct loop *loop)
{
	if (loop->ring)
		ring_buffer__consume(loop->ring);
}

static void report_losses(struct loader *loader)
{
	uint64_t lost = object_counter(loader, loader->lost_fd);

	if (lost > loader->lost_reported) {
		uint64_t fresh = lost - loader->lost_reported;

		loader->lost_reported = lost;
		if (loader->output.format == OUTPUT_JSON) {
			text_format(&loader->output.text, "{\"type\": \"lost_events\", \"data\": {\"events\": %llu}}\n",
				    (unsigned long long)fresh);
			output_written(&loader->output);
		} else {
			fprintf(stderr, "Lost %llu events\n", (unsigned long long)fresh);
		}
	}
	if (!loader->map_full_reported && object_counter(loader, loader->map_full_fd)) {
		loader->map_full_reported = true;
		report_warning("Map full; can't update element. Try increasing max_map_keys config or manually setting "
			       "the max entries in a map declaration e.g. `let @a = hash(5000)`");
	}
}

static void handle_signal(struct loop *loop)
{
	struct signalfd_siginfo info;

	while (read(loop->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGINT || info.ssi_signo == SIGTERM)
			loop->ended = true;
		else
			run_programs(loop->loader, ATTACH_SIGNAL, (int)info.ssi_signo);
	}
}

static void handle_timer(struct loop *loop, uint32_t index)
{
	const struct attached *timer = &loop->loader->attached[index];
	uint64_t expired;

	/* Missed rounds are not made up for: as with a perf event, the next one comes at its time. */
	if (read(timer->fd, &expired, sizeof(expired)) == sizeof(expired))
		run_program(timer->program_fd);
}

static void run_loop(struct loop *loop)
{
	struct loader *loader = loop->loader;

	while (!loop->ended && !loader->exit_requested && !loader->output.broken) {
		struct epoll_event events[16];
		int count;

		drain(loop);
		if (loader->exit_requested)
			return;
		if (loader->output.buffer != BUFFER_FULL)
			output_flush(&loader->output);
		count = epoll_wait(loop->epoll_fd, events, 16, CHECK_MS);
		if (count <= 0)
			report_losses(loader);
		for (int i = 0; i < count; i++) {
			switch ((enum source)(events[i].data.u64 >> 32)) {
			case SOURCE_RING:
				break; /* drained above */
			case SOURCE_SIGNAL:
				handle_signal(loop);
				break;
			case SOURCE_CHILD:
			case SOURCE_PROCESS:
				loop->ended = true;
				break;
			case SOURCE_TIMER:
				handle_timer(loop, (uint32_t)events[i].data.u64);
				break;
			}
		}
	}
}

static bool prepare(struct loop *loop)
{
	struct loader *loader = loop->loader;
	const struct manifest *manifest = loader->manifest;

	values_start(&loader->values, manifest);
	loader->values.kernel = kernel_symbols_new();
	loader->values.user = user_symbols_new(manifest->config.cpp_demangle);
	loader->values.read_stack = read_stack;
	loader->values.object = loader;
	if (*manifest->ringbuf) {
		loop->ring = ring_buffer__new(object_map_fd(loader, manifest->ringbuf), event_handle, loader, NULL);
		if (!loop->ring) {
			report_error(CODE_KERNEL, "cannot map the ring buffer: %s", strerror(errno));
			return false;
		}
	}
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	block_signals(loop);
	if (*loader->options->command && !child_create(&loader->child, loader->options->command))
		return false;
	write_state(loader);
	return true;
}

static bool watch_all(struct loop *loop)
{
	struct loader *loader = loop->loader;
	bool good = watch(loop, loop->signal_fd, SOURCE_SIGNAL, 0);

	if (loop->ring)
		good = good && watch(loop, ring_buffer__epoll_fd(loop->ring), SOURCE_RING, 0);
	if (loader->child.pid)
		good = good && watch(loop, loader->child.pid_fd, SOURCE_CHILD, 0);
	if (loop->process_fd >= 0)
		good = good && watch(loop, loop->process_fd, SOURCE_PROCESS, 0);
	for (size_t i = 0; i < loader->attached_count; i++)
		if (loader->attached[i].period_ns)
			good = good && watch(loop, loader->attached[i].fd, SOURCE_TIMER, (uint32_t)i);
	if (!good)
		report_error(CODE_RUN, "cannot wait for events: %s", strerror(errno));
	return good;
}

static void announce(struct loader *loader)
{
	if (loader->output.format == OUTPUT_JSON) {
		text_format(&loader->output.text, "{\"type\": \"attached_probes\", \"data\": {\"probes\": %zu}}\n",
			    loader->probe_count);
		output_written(&loader->output);
	} else if (!loader->options->quiet) {
		fprintf(stderr, "Attached %zu probe%s\n", loader->probe_count, loader->probe_count == 1 ? "" : "s");
	}
	/* bpftrace's own test engine waits for this line. */
	if (getenv("__BPFTRACE_NOTIFY_PROBES_ATTACHED")) {
		output_flush(&loader->output);
		puts("__BPFTRACE_NOTIFY_PROBES_ATTACHED");
		fflush(stdout);
	}
}

static bool trace(struct loop *loop)
{
	struct loader *loader = loop->loader;

	if (!attach_all(loader))
		return false;
	if (!loader->probe_count) {
		report_error(CODE_ATTACH, "no probe could be attached");
		return false;
	}
	announce(loader);
	if (loader->options->dry_run)
		return true;
	if (!watch_all(loop) || !run_programs(loader, ATTACH_BEGIN, 0))
		return false;
	if (loader->child.pid && !child_start(&loader->child, loader->options->command))
		return false;
	run_loop(loop);
	return true;
}

static void finish(struct loop *loop)
{
	struct loader *loader = loop->loader;

	detach_all(loader);
	if (loader->options->dry_run)
		return;
	drain(loop);
	/* From here on nothing is left out: what `end` sends is wanted. */
	loader->ending = true;
	run_programs(loader, ATTACH_END, 0);
	drain(loop);
	report_losses(loader);
	if (loader->lost_reported)
		report_warning("Total lost event count: %llu", (unsigned long long)loader->lost_reported);
	if (loader->output.format == OUTPUT_TEXT)
		text_string(&loader->output.text, "\n\n");
	if (loader->manifest->config.print_maps_on_exit)
		map_print_all(loader);
}

int run_object(const struct options *options, const uint8_t *bytes, size_t length)
{
	struct loader loader = { .options = options, .lost_fd = -1, .map_full_fd = -1, .child = { .start_fd = -1 } };
	struct loop loop = { .loader = &loader, .epoll_fd = -1, .signal_fd = -1, .process_fd = -1 };
	bool good;

	report_settings(options->verbose, options->warnings);
	good = open_process(&loop) && output_open(&loader.output, options) && object_open(&loader, bytes, length) &&
	       object_load(&loader) && prepare(&loop) && trace(&loop);
	if (good)
		finish(&loop);
	detach_all(&loader);
	output_close(&loader.output);
	child_end(&loader.child);
	ring_buffer__free(loop.ring);
	kernel_symbols_free(loader.values.kernel);
	user_symbols_free(loader.values.user);
	object_close(&loader);
	for (size_t i = 0; i < 3; i++) {
		int fd = (int[]){ loop.epoll_fd, loop.signal_fd, loop.process_fd }[i];

		if (fd >= 0)
			close(fd);
	}
	return good ? loader.exit_code : 1;
}
