/* Watchpoints: the processor's debug registers, as perf events of type breakpoint. */
#include <dirent.h>
#include <errno.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"

static uint32_t breakpoint_type(const char *mode)
{
	return (strchr(mode, 'r') ? HW_BREAKPOINT_R : 0) | (strchr(mode, 'w') ? HW_BREAKPOINT_W : 0) |
	       (strchr(mode, 'x') ? HW_BREAKPOINT_X : 0);
}

static void keep_watch(struct loader *loader, int fd, int program_fd, uint64_t address)
{
	keep(loader, fd, 0, program_fd);
	loader->attached[loader->attached_count - 1].watched = address;
}

static int watch(struct loader *loader, struct perf_event_attr *attr, int pid, int cpu, int program_fd)
{
	int event = perf_open(attr, pid, cpu), link;

	if (event < 0)
		return -errno;
	link = perf_link(event, program_fd, 0);
	if (link < 0) {
		close(event);
		return link;
	}
	keep_watch(loader, link, program_fd, attr->bp_addr);
	keep_watch(loader, event, program_fd, attr->bp_addr);
	return 0;
}

/* Debug registers belong to a thread: each that exists gets its own, later ones inherit. */
static int watch_threads(struct loader *loader, struct perf_event_attr *attr, int pid, int program_fd)
{
	int watched = 0, refused = 0;
	struct dirent *entry;
	char path[64];
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	folder = opendir(path);
	while (folder && !refused && (entry = readdir(folder))) {
		int thread = atoi(entry->d_name), error;

		if (thread <= 0)
			continue;
		error = watch(loader, attr, thread, -1, program_fd);
		if (!error)
			watched++;
		else if (error != -ESRCH) /* a thread that ended meanwhile */
			refused = error;
	}
	if (folder)
		closedir(folder);
	return refused || watched ? refused : -ESRCH;
}

/* Links are closed before the events they are on: both were kept in that order. */
void unwatch(struct loader *loader, uint64_t address)
{
	for (size_t i = 0; address && i < loader->attached_count; i++)
		if (loader->attached[i].watched == address && loader->attached[i].fd >= 0) {
			close(loader->attached[i].fd);
			loader->attached[i].fd = -1;
		}
}

int attach_watchpoint(struct loader *loader, const struct manifest_attach *attach, int program_fd)
{
	uint32_t type = breakpoint_type(attach->mode);
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_BREAKPOINT,
		.bp_type = type,
		.bp_addr = attach->address,
		/* The kernel wants the size of a word for instructions (perf_event_open(2)). */
		.bp_len = type & HW_BREAKPOINT_X ? sizeof(long) : attach->length,
		.sample_period = 1,
		.inherit = 1,
		.disabled = 1,
	};
	int pid = watched_pid(loader, attach), watched = 0;

	if (pid > 0)
		return watch_threads(loader, &attr, pid, program_fd);
	for (int cpu = 0; cpu < loader->cpus; cpu++) {
		int error = watch(loader, &attr, -1, cpu, program_fd);

		/* A CPU that is possible, but off. Half a watch would pass for a whole one. */
		if (error && error != -ENODEV)
			return error;
		watched += !error;
	}
	return watched ? 0 : -ENODEV;
}
