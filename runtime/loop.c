#include "loop.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "codes.h"
#include "loader.h"
#include "packets.h"
#include "report.h"
#include "symbols-user.h"
#include "unwind.h"

/* What woke the loop: kinds stand in the upper half of epoll's word, an index in the lower. */
enum source { SOURCE_RING = 1, SOURCE_OTHERS, SOURCE_SIGNAL, SOURCE_CHILD, SOURCE_PROCESS, SOURCE_TIMER, SOURCE_MAPPINGS };

/* How often lost events and full maps are looked for. */
#define CHECK_NS 1000000000ull
/*
 * How long events gather before they are taken, once the first of them has woken us. The kernel wakes who waits for the
 * ring buffer when a record finds all before it taken; a reader that keeps up would be woken by each, and the traced
 * program pays for that: microseconds, where the record itself takes a tenth of one.
 */
#define GATHER_MS 1
/* How long printing what probes sent before the end may take: system() in a hot probe leaves hours of work behind. */
#define DRAIN_NS 1000000000ull

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static bool watch(int epoll_fd, int fd, enum source source, uint32_t index)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = (uint64_t)source << 32 | index };

	return !epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

bool loop_open(struct loop *loop)
{
	const struct manifest *manifest = loop->loader->manifest;
	sigset_t set;

	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->others_fd = epoll_create1(EPOLL_CLOEXEC);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	/* Without a probe for it, it is ignored: whoever sends it does not mean to end us. */
	sigaddset(&set, SIGUSR1);
	for (size_t i = 0; i < manifest->program_count; i++)
		for (size_t k = 0; k < manifest->programs[i].attach_count; k++)
			if (manifest->programs[i].attach[k].kind == ATTACH_SIGNAL)
				sigaddset(&set, manifest->programs[i].attach[k].signal);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	loop->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (loop->epoll_fd >= 0 && loop->others_fd >= 0 && loop->signal_fd >= 0)
		return true;
	report_error(CODE_RUN, "cannot wait for events: %s", strerror(errno));
	return false;
}

bool loop_watch(struct loop *loop)
{
	struct loader *loader = loop->loader;
	int others = loop->others_fd;
	bool good = watch(loop->epoll_fd, others, SOURCE_OTHERS, 0) && watch(others, loop->signal_fd, SOURCE_SIGNAL, 0);

	if (loop->ring)
		good = good && watch(loop->epoll_fd, ring_buffer__epoll_fd(loop->ring), SOURCE_RING, 0);
	if (loop->packets)
		good = good && watch(loop->epoll_fd, packets_fd(loop->packets), SOURCE_RING, 0);
	if (loader->child.pid)
		good = good && watch(others, loader->child.pid_fd, SOURCE_CHILD, 0);
	if (loop->process_fd >= 0)
		good = good && watch(others, loop->process_fd, SOURCE_PROCESS, 0);
	for (size_t i = 0; i < loader->attached_count; i++)
		if (loader->attached[i].period_ns)
			good = good && watch(others, loader->attached[i].fd, SOURCE_TIMER, (uint32_t)i);
	if (user_symbols_fd(loader->values.user) >= 0)
		good = good && watch(others, user_symbols_fd(loader->values.user), SOURCE_MAPPINGS, 0);
	if (!good)
		report_error(CODE_RUN, "cannot wait for events: %s", strerror(errno));
	return good;
}

/* Waits for anything; what woke us is left in `events`, which has room for 16. */
static int wait_for(const struct loop *loop, struct epoll_event *events, bool busy)
{
	int count = epoll_wait(loop->epoll_fd, events, 16, busy ? 0 : (int)(CHECK_NS / 1000000));
	bool gathers = false;

	for (int i = 0; i < count; i++)
		gathers |= events[i].data.u64 >> 32 == SOURCE_RING;
	/* A buffer that fills up while we look away loses events: it is watched all the time instead, as those of packets are. */
	gathers = gathers && !busy && !loop->packets && loop->loader->taken < loop->ring_size / 16;
	return epoll_wait(loop->others_fd, events, 16, gathers ? GATHER_MS : 0);
}

/* One turn of packets and ring: to its end, or until a handler asks for a pause. True if more may be there. */
static bool consume(struct loop *loop)
{
	loop->loader->turn = 0;
	loop->loader->taken = 0;
	if (loop->packets)
		packets_consume(loop->packets);
	return loop->ring && ring_buffer__consume(loop->ring) < 0;
}

void loop_drain(struct loop *loop)
{
	loop->loader->deadline_ns = now_ns() + DRAIN_NS;
	while (consume(loop)) {
		/* All that `end` sent is wanted, however long its maps' symbols take to find. */
		if (!loop->loader->ending && now_ns() >= loop->loader->deadline_ns)
			loop->loader->late = true;
	}
	loop->loader->late = false;
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

static void handle(struct loop *loop, uint64_t what)
{
	switch ((enum source)(what >> 32)) {
	case SOURCE_RING:
	case SOURCE_OTHERS:
		break; /* looked at in each turn */
	case SOURCE_SIGNAL:
		handle_signal(loop);
		break;
	case SOURCE_CHILD:
	case SOURCE_PROCESS:
		loop->ended = true;
		break;
	case SOURCE_TIMER:
		handle_timer(loop, (uint32_t)what);
		break;
	case SOURCE_MAPPINGS:
		user_symbols_take(loop->loader->values.user);
		break;
	}
}

/* With -p one process is all that matters, and is known. */
static bool looks_around(const struct loader *loader)
{
	return !loader->options->pid && user_symbols_fd(loader->values.user) >= 0;
}

void loop_run(struct loop *loop, bool once)
{
	struct loader *loader = loop->loader;
	uint64_t check = now_ns() + CHECK_NS;

	while (!loop->ended && !loader->exit_requested && !loader->output.broken) {
		struct epoll_event events[16];
		bool more = consume(loop), busy;
		int count;

		if (loader->exit_requested || (once && !more))
			return;
		if (!more && loader->output.buffer != BUFFER_FULL)
			output_flush(&loader->output);
		/* What was there before us may end at any time: its code is looked at between events. */
		busy = more || (looks_around(loader) && user_symbols_look_around(loader->values.user));
		count = wait_for(loop, events, busy);
		if (now_ns() >= check) {
			report_failures(loader);
			check = now_ns() + CHECK_NS;
		}
		for (int i = 0; i < count; i++)
			handle(loop, events[i].data.u64);
		if (loader->unwind)
			unwind_update(loader->unwind);
	}
}

/* How long after the first request another one is meant. */
#define AGAIN_NS 1000000000ull

static uint64_t ending_ns;

/* One request may come twice: timeout(1) sends its signal to the command and to the group it is in. */
static void hear_again(int number)
{
	if (now_ns() - ending_ns < AGAIN_NS)
		return;
	signal(number, SIG_DFL);
	raise(number);
}

void loop_hear_again(void)
{
	struct sigaction action = { .sa_handler = hear_again, .sa_flags = SA_RESTART };
	sigset_t set;

	ending_ns = now_ns();
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

void loop_close(struct loop *loop)
{
	int descriptors[] = { loop->epoll_fd, loop->others_fd, loop->signal_fd, loop->process_fd };

	ring_buffer__free(loop->ring);
	packets_close(loop->packets);
	for (size_t i = 0; i < sizeof(descriptors) / sizeof(*descriptors); i++)
		if (descriptors[i] >= 0)
			close(descriptors[i]);
}
