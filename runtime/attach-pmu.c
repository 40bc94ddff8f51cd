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

int attach_by_pmu(struct loader *loader, const struct pmu_probe *probe, int program_fd)
{
	struct perf_event_attr attr = { .size = sizeof(attr), .disabled = 1 };
	int type, bit = -1, event, link;
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/event_source/devices/%s/type", probe->pmu);
	type = pmu_number(path);
	snprintf(path, sizeof(path), "/sys/bus/event_source/devices/%s/format/retprobe", probe->pmu);
	if (probe->is_return)
		bit = pmu_number(path);
	if (type < 0 || (probe->is_return && (bit < 0 || bit > 31)))
		return -EOPNOTSUPP;
	attr.type = (uint32_t)type;
	attr.config = probe->is_return ? 1ull << bit : 0;
	/* Upper half of config: file offset of a semaphore to count up (include/uapi/linux/perf_event.h). */
	attr.config |= probe->semaphore << 32;
	attr.config1 = (uint64_t)(uintptr_t)probe->name;
	attr.config2 = probe->offset;
	event = perf_open(&attr, probe->pid, probe->pid > 0 ? -1 : 0);
	if (event < 0)
		return -errno;
	link = perf_link(event, program_fd, probe->cookie);
	/* The link holds the event. */
	close(event);
	if (link < 0)
		return link;
	keep(loader, link, 0, program_fd);
	return 0;
}
