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
	bool in_module = *attach->module && strcmp(attach->module, "vmlinux");
	struct pmu_probe probe = {
		.pmu = "kprobe",
		.name = attach->name,
		/* Without a name the kernel takes the same word for the address (perf_event_open(2), kprobe_addr). */
		.offset = *attach->name ? attach->offset : attach->address,
		.is_return = attach->is_return,
		.pid = -1,
		.cookie = attach->cookie,
	};
	struct text name = { 0 };
	int error;

	if (!*attach->name || !in_module)
		return attach_by_pmu(loader, &probe, program_fd);
	/* Two modules may each have a function of that name. Some kernels after 6.5 only find it without its module. */
	text_format(&name, "%s:%s", attach->module, attach->name);
	probe.name = text_cstring(&name);
	error = attach_by_pmu(loader, &probe, program_fd);
	text_free(&name);
	probe.name = attach->name;
	return error == -ENOENT ? attach_by_pmu(loader, &probe, program_fd) : error;
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
