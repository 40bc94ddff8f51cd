/* Tracepoints: by name through tracefs, raw and typed ones. */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include "attach.h"

#define TRACEFS "/sys/kernel/tracing"

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

int attach_tracepoint(struct loader *loader, const struct manifest_attach *attach, int program_fd)
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
	/* The link holds the event. */
	close(event);
	if (link < 0)
		return link;
	keep(loader, link, 0, program_fd);
	return 0;
}

int attach_raw_tracepoint(struct loader *loader, const struct manifest_attach *attach, int program_fd)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);
	bool typed = !bpf_obj_get_info_by_fd(program_fd, &info, &size) && info.type == BPF_PROG_TYPE_TRACING;
	/* A typed program knows its tracepoint since it was loaded. */
	int link = bpf_raw_tracepoint_open(typed ? NULL : attach->name, program_fd);

	if (link < 0)
		return -errno;
	keep(loader, link, 0, program_fd);
	/* The caller counts this attach point as one event. */
	if (attach->target_count > 1)
		loader->probe_count += attach->target_count - 1;
	return 0;
}
