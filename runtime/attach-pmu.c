/* Probes made by a PMU of their own, of a name or of a file and offset; nothing is left in tracefs. */
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"

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

int attach_by_pmu(struct loader *loader, const struct manifest_attach *attach, int program_fd, bool user)
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
