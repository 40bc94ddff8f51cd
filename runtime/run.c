#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "child-entry.h"
#include "codes.h"
#include "iterate.h"
#include "loader.h"
#include "loop.h"
#include "packets.h"
#include "report.h"
#include "symbols-debug.h"
#include "symbols-kernel.h"
#include "symbols-user.h"
#include "unwind.h"

/* The lower half is bpf_get_stackid's number or an errno, unless the stack was walked by unwind tables. */
static size_t read_stack(void *context, const char *symbol, uint64_t id, void *frames, size_t frame_size, size_t depth)
{
	const struct loader *loader = context;
	int fd = object_map_fd(loader, symbol);
	uint32_t key = (uint32_t)id, size = sizeof(struct bpf_map_info);
	struct bpf_map_info info = { 0 };
	uint8_t *whole;
	size_t count = 0;

	if (unwind_has_walked(id) && frame_size == sizeof(uint64_t))
		return unwind_frames(loader->unwind, id, frames, depth);
	if (fd < 0 || (int32_t)key < 0 || bpf_obj_get_info_by_fd(fd, &info, &size))
		return 0;
	whole = allocate_zeroed(1, info.value_size);
	if (!bpf_map_lookup_elem(fd, &key, whole))
		while (count < depth && (count + 1) * frame_size <= info.value_size &&
		       values_load(whole + count * frame_size, 8))
			count++;
	memcpy(frames, whole, count * frame_size);
	free(whole);
	return count;
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
	report_error(CODE_PROCESS, "Failed to attach to pid %d: %s", pid, strerror(errno));
	return false;
}

/* Clocks and the traced command, where programs look for them. False: told. */
static bool write_state(const struct loader *loader)
{
	int fd = object_map_fd(loader, loader->manifest->state);
	struct timespec boot, monotonic, tai;
	uint64_t state[32] = { 0 };
	struct bpf_map_info info = { 0 };
	uint32_t size = sizeof(info), key = 0;

	if (fd < 0)
		return true; /* this script asks for none of it */
	if (bpf_obj_get_info_by_fd(fd, &info, &size) || info.value_size > sizeof(state)) {
		report_error(CODE_OBJECT, "map %s does not fit this loader", loader->manifest->state);
		return false;
	}
	clock_gettime(CLOCK_BOOTTIME, &boot);
	clock_gettime(CLOCK_TAI, &tai);
	clock_gettime(CLOCK_MONOTONIC, &monotonic);
	state[0] = (uint64_t)boot.tv_sec * 1000000000 + (uint64_t)boot.tv_nsec;
	state[1] = (uint64_t)loader->child.pid;
	state[2] = (uint64_t)tai.tv_sec * 1000000000 + (uint64_t)tai.tv_nsec - state[0];
	state[3] = (uint64_t)monotonic.tv_sec * 1000000000 + (uint64_t)monotonic.tv_nsec;
	if (!bpf_map_update_elem(fd, &key, state, BPF_ANY))
		return true;
	report_error(CODE_KERNEL, "cannot write map %s: %s", loader->manifest->state, strerror(errno));
	return false;
}

static bool has_user_symbols(const struct type *type)
{
	if (!type)
		return false;
	if (type->kind == TYPE_USYM || (type->kind == TYPE_USTACK && type->mode < STACK_RAW))
		return true;
	for (size_t i = 0; i < type->member_count; i++)
		if (has_user_symbols(type->members[i].type))
			return true;
	return has_user_symbols(type->element);
}

/* Is anything printed for which one must know where a process has its code? */
static bool shows_user_symbols(const struct manifest *manifest)
{
	for (size_t i = 0; i < manifest->map_count; i++)
		if (has_user_symbols(manifest->maps[i].key) || has_user_symbols(manifest->maps[i].value.type))
			return true;
	for (size_t i = 0; i < manifest->event_count; i++)
		for (size_t k = 0; k < manifest->events[i].arg_count; k++)
			if (has_user_symbols(manifest->events[i].args[k].type))
				return true;
	return false;
}

static bool prepare(struct loop *loop)
{
	struct loader *loader = loop->loader;
	const struct manifest *manifest = loader->manifest;

	values_start(&loader->values, manifest);
	loader->values.kernel = kernel_symbols_new();
	debug_file_folders(loader->options->debug_folders);
	loader->values.user = user_symbols_new(manifest->config.cpp_demangle, manifest->config.show_debug_info);
	if (shows_user_symbols(manifest) || loader->unwind)
		user_symbols_watch(loader->values.user, loader->cpus);
	if (loader->options->pid)
		user_symbols_remember(loader->values.user, (uint32_t)loader->options->pid);
	loader->values.read_stack = read_stack;
	loader->values.object = loader;
	if (*manifest->ringbuf) {
		loop->ring = ring_buffer__new(object_map_fd(loader, manifest->ringbuf), event_handle, loader, NULL);
		if (!loop->ring) {
			report_error(CODE_KERNEL, "cannot map the ring buffer: %s", strerror(errno));
			return false;
		}
		loop->ring_size = bpf_map__max_entries(object_map(loader, manifest->ringbuf));
	}
	if (*manifest->packets) {
		loop->packets = packets_open(loader);
		if (!loop->packets)
			return false;
	}
	if (!loop_open(loop))
		return false;
	if (*loader->options->command && !child_create(&loader->child, loader->options->command))
		return false;
	return write_state(loader) && unwind_start(loader);
}

/* A command whose stacks are walked by tables is held until they are there. */
static bool start_command(struct loader *loader)
{
	pid_t pid = loader->child.pid;
	bool held = loader->unwind && entry_seize(pid);

	if (loader->unwind)
		unwind_expect(loader->unwind, (uint32_t)pid);
	if (!child_start(&loader->child, loader->options->command))
		return false;
	if (held)
		entry_reach(pid);
	if (loader->unwind)
		unwind_process(loader->unwind, (uint32_t)pid);
	if (held)
		entry_leave(pid);
	return true;
}

static void announce(struct loader *loader)
{
	size_t count = loader->probe_count;

	if (!loader->options->quiet && loader->output.format == OUTPUT_JSON) {
		text_format(&loader->output.text,
			    "{\"type\": \"attached_probes\", \"count\": %zu, \"data\": {\"probes\": %zu}}\n", count, count);
		output_written(&loader->output);
	} else if (!loader->options->quiet) {
		fprintf(stderr, "Attached %zu probe%s\n", count, count == 1 ? "" : "s");
	}
	/* bpftrace's own test engine waits for this line. */
	if (getenv("__BPFTRACE_NOTIFY_PROBES_ATTACHED")) {
		output_flush(&loader->output);
		puts("__BPFTRACE_NOTIFY_PROBES_ATTACHED");
		fflush(stdout);
	}
}

/* Nothing but `begin`, `end` and iterators: when their output is printed, there is nothing to wait for. */
static bool ends_by_itself(const struct loader *loader)
{
	const struct manifest *manifest = loader->manifest;

	for (size_t i = 0; i < manifest->program_count; i++)
		for (size_t k = 0; k < manifest->programs[i].attach_count; k++)
			if (manifest->programs[i].attach[k].kind != ATTACH_BEGIN &&
			    manifest->programs[i].attach[k].kind != ATTACH_END &&
			    manifest->programs[i].attach[k].kind != ATTACH_ITER)
				return false;
	return true;
}

static bool trace(struct loop *loop)
{
	struct loader *loader = loop->loader;
	bool dry = loader->options->dry_run;

	/* `begin` comes before anything can happen; what it prints comes after the attaching. */
	if ((!dry && !run_programs(loader, ATTACH_BEGIN, 0)) || !attach_all(loader))
		return false;
	if (!loader->probe_count) {
		report_error(CODE_ATTACH, "Attachment failed for all probes.");
		return false;
	}
	if (dry)
		return true;
	if (loader->options->mode != MODE_RUN) {
		loop_drain(loop);
		return loader->options->mode == MODE_TEST ? run_tests(loader, loop->ring)
							  : run_benches(loader, loop->ring);
	}
	if (!loop_watch(loop) || (loader->child.pid && !start_command(loader)))
		return false;
	announce(loader);
	if (!iterate_all(loop))
		return false;
	loop_run(loop, ends_by_itself(loader));
	return true;
}

static void finish(struct loop *loop)
{
	struct loader *loader = loop->loader;

	detach_all(loader);
	if (loader->options->dry_run)
		return;
	loop_hear_again();
	loop_drain(loop);
	/* From here on nothing is left out: what `end` sends is wanted. */
	loader->ending = true;
	run_programs(loader, ATTACH_END, 0);
	loop_drain(loop);
	report_failures(loader);
	if (loader->lost_reported)
		report_warning("Total lost event count: %llu", (unsigned long long)loader->lost_reported);
	if (loader->output.format == OUTPUT_TEXT)
		text_string(&loader->output.text, "\n\n");
	if (loader->manifest->config.print_maps_on_exit && loader->options->mode == MODE_RUN)
		map_print_all(loader);
}

int run_object(const struct options *options, const uint8_t *bytes, size_t length)
{
	struct loader loader = { .options = options, .counters_fd = -1, .child = { .start_fd = -1 } };
	struct loop loop = { .loader = &loader, .epoll_fd = -1, .others_fd = -1, .signal_fd = -1, .process_fd = -1 };
	bool good;

	report_settings(options->verbose, options->warnings);
	/* The name scripts know the tracer by: they leave out its own events with `/comm != "bpftrace"/`. */
	prctl(PR_SET_NAME, "bpftrace");
	good = open_process(&loop) && output_open(&loader.output, options) && object_open(&loader, bytes, length) &&
	       unwind_open(&loader) && object_load(&loader) && prepare(&loop) && trace(&loop);
	if (good)
		finish(&loop);
	detach_all(&loader);
	output_close(&loader.output);
	child_end(&loader.child);
	loop_close(&loop);
	kernel_symbols_free(loader.values.kernel);
	user_symbols_free(loader.values.user);
	unwind_close(loader.unwind);
	object_close(&loader);
	return good && !loader.output.failed ? loader.exit_code : 1;
}
