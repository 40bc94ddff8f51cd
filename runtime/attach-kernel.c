/* Kernel functions (kprobe, fentry) and iterators. */
#include <bpf/bpf.h>
#include <errno.h>
#include <unistd.h>

#include "attach.h"

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

int attach_kprobe_multi(struct loader *loader, const struct manifest_attach *attach, int program_fd)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .kprobe_multi.syms = attach->functions,
		    .kprobe_multi.cnt = (uint32_t)attach->target_count,
		    .kprobe_multi.flags = attach->is_return ? BPF_F_KPROBE_MULTI_RETURN : 0);
	int link = bpf_link_create(program_fd, 0, BPF_TRACE_KPROBE_MULTI, &options);

	if (link < 0)
		return -errno;
	keep(loader, link, 0, program_fd);
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

/* An iterator is read once, to its end; what it prints are events like any other. */
int attach_iter(struct loader *loader, const struct manifest_attach *attach, int program_fd)
{
	int link = bpf_link_create(program_fd, 0, BPF_TRACE_ITER, NULL);
	char block[4096];
	ssize_t got;
	int iterator;

	(void)attach;
	if (link < 0)
		return -errno;
	iterator = bpf_iter_create(link);
	if (iterator < 0) {
		close(link);
		return -errno;
	}
	while ((got = read(iterator, block, sizeof(block))) > 0)
		text_append(&loader->output.text, block, (size_t)got);
	close(iterator);
	keep(loader, link, 0, program_fd);
	return 0;
}
