/* Kernel functions one by one (kprobe, fentry) and iterators. */
#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "codes.h"
#include "report.h"

int attach_kprobe(struct loader *loader, const struct manifest_attach *attach, int program_fd)
{
	struct pmu_probe probe = {
		.pmu = "kprobe",
		.name = attach->name,
		.offset = attach->offset,
		.is_return = attach->is_return,
		.pid = -1,
		.cookie = attach->cookie,
	};

	return attach_by_pmu(loader, &probe, program_fd);
}

int attach_fentry(struct loader *loader, const struct manifest_attach *attach, int program_fd)
{
	int link = bpf_raw_tracepoint_open(NULL, program_fd);

	(void)attach;
	if (link < 0)
		return -errno;
	keep(loader, link, 0, program_fd);
	return 0;
}

/* Left behind in the BPF file system: reading the file runs the iterator. */
static int pin_iterator(struct loader *loader, const struct manifest_attach *attach, int link)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", *attach->pin == '/' ? "" : "/sys/fs/bpf/", attach->pin);
	if (bpf_obj_pin(link, path)) {
		report_error(CODE_ATTACH, "cannot pin the iterator to %s: %s", path, strerror(errno));
		report_hint("the BPF file system must be mounted there: mount -t bpf bpf /sys/fs/bpf");
		return -ECANCELED;
	}
	text_format(&loader->output.text, "Program pinned to %s\n", path);
	return 0;
}

int attach_iter(struct loader *loader, const struct manifest_attach *attach, int program_fd)
{
	int link = bpf_link_create(program_fd, 0, BPF_TRACE_ITER, NULL), iterator;

	if (link < 0)
		return -errno;
	keep(loader, link, 0, program_fd);
	if (*attach->pin)
		return pin_iterator(loader, attach, link);
	iterator = bpf_iter_create(link);
	if (iterator < 0)
		return -errno;
	keep(loader, iterator, 0, program_fd);
	loader->attached[loader->attached_count - 1].is_iterator = true;
	return 0;
}
