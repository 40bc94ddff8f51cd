/* Kernel functions (kprobe, fentry) and iterators. */
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

static int link_functions(const struct manifest_attach *attach, const char **functions, size_t count, int program_fd)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .kprobe_multi.syms = functions, .kprobe_multi.cnt = (uint32_t)count,
		    .kprobe_multi.flags = attach->is_return ? BPF_F_KPROBE_MULTI_RETURN : 0);
	int link = bpf_link_create(program_fd, 0, BPF_TRACE_KPROBE_MULTI, &options);

	return link < 0 ? -errno : link;
}

/*
 * One call attaches all or none, without saying which function it did not like: halves are tried until the functions
 * that cannot be attached stand alone. Returns how many were attached, or the error that ends the run.
 */
static int attach_functions(struct loader *loader, const struct manifest_attach *attach, const char **functions,
			    size_t count, int program_fd)
{
	int link = link_functions(attach, functions, count, program_fd), first, second;
	char name[512];

	if (link >= 0) {
		keep(loader, link, 0, program_fd);
		return (int)count;
	}
	if (link == -EPERM || link == -EACCES || link == -ENOMEM || link == -EOPNOTSUPP)
		return link;
	if (count == 1) {
		snprintf(name, sizeof(name), "%s:%s", attach->is_return ? "kretprobe" : "kprobe", functions[0]);
		return attach_failed(loader, name, link) ? 0 : -ECANCELED;
	}
	first = attach_functions(loader, attach, functions, count / 2, program_fd);
	if (first < 0)
		return first;
	second = attach_functions(loader, attach, functions + count / 2, count - count / 2, program_fd);
	return second < 0 ? second : first + second;
}

int attach_kprobe_multi(struct loader *loader, const struct manifest_attach *attach, int program_fd)
{
	int attached = attach_functions(loader, attach, attach->functions, attach->target_count, program_fd);

	if (attached < 0)
		return attached;
	/* The caller counts this attach point as one. */
	loader->probe_count += (size_t)attached;
	loader->probe_count--;
	return 0;
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
