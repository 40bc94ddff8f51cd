/*
 * Probes in user programs: uprobe, uretprobe, usdt. One link holds any number of places in one file (uprobe_multi,
 * since kernel 6.6); older kernels get a perf event for each. Which of the two is decided before loading, because a
 * program is loaded for one way of attaching.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attach.h"

/* include/uapi/linux/bpf.h of 6.6: younger than the distribution's copy may be. */
#define TRACE_UPROBE_MULTI 48
#define UPROBE_MULTI_RETURN 1

struct uprobe_multi_attr {
	uint32_t program_fd, target_fd, attach_type, link_flags;
	uint64_t path, offsets, semaphores, cookies;
	uint32_t count, flags, pid;
};

static int link_uprobe_multi(struct uprobe_multi_attr *attr)
{
	int link;

	attr->attach_type = TRACE_UPROBE_MULTI;
	link = (int)syscall(SYS_bpf, BPF_LINK_CREATE, attr, sizeof(*attr));
	return link < 0 ? -errno : link;
}

int uprobe_multi_attach_type(void)
{
	static int known = -1;
	const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = (enum bpf_attach_type)TRACE_UPROBE_MULTI);
	uint64_t offset = 0;
	struct uprobe_multi_attr attr = {
		.path = (uint64_t)(uintptr_t)"/", .offsets = (uint64_t)(uintptr_t)&offset, .count = 1,
	};
	int program;

	if (known >= 0)
		return known;
	known = 0;
	program = bpf_prog_load(BPF_PROG_TYPE_KPROBE, NULL, "GPL", nothing, 2, &options);
	if (program < 0)
		return known;
	attr.program_fd = (uint32_t)program;
	/* A kernel that knows the link says that a folder has no code; another, that it knows no such link. */
	if (link_uprobe_multi(&attr) == -EBADF)
		known = TRACE_UPROBE_MULTI;
	close(program);
	return known;
}

int watched_pid(const struct loader *loader, const struct manifest_attach *attach)
{
	if (attach->pid > 0)
		return attach->pid;
	return attach->pid < 0 && loader->child.pid ? loader->child.pid : -1;
}

static int attach_multi(struct loader *loader, const struct manifest_attach *attach, size_t count, int program_fd)
{
	size_t places = 0, at = 0;
	uint64_t *words, *offsets, *semaphores, *cookies;
	struct uprobe_multi_attr attr;
	int pid = watched_pid(loader, attach), link;

	for (size_t i = 0; i < count; i++)
		places += attach[i].target_count;
	words = allocate_zeroed(places * 3, sizeof(*words));
	offsets = words;
	semaphores = words + places;
	cookies = words + places * 2;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < attach[i].target_count; k++, at++) {
			offsets[at] = attach[i].offsets[k];
			semaphores[at] = attach[i].semaphores[k];
			cookies[at] = attach[i].cookies[k];
		}
	attr = (struct uprobe_multi_attr){
		.program_fd = (uint32_t)program_fd,
		.path = (uint64_t)(uintptr_t)attach->path,
		.offsets = (uint64_t)(uintptr_t)offsets,
		.semaphores = (uint64_t)(uintptr_t)semaphores,
		.cookies = (uint64_t)(uintptr_t)cookies,
		.count = (uint32_t)places,
		.flags = attach->is_return ? UPROBE_MULTI_RETURN : 0,
		.pid = pid > 0 ? (uint32_t)pid : 0,
	};
	link = link_uprobe_multi(&attr);
	free(words);
	if (link < 0)
		return link;
	keep(loader, link, 0, program_fd);
	return 0;
}

size_t attach_uprobes(struct loader *loader, const struct manifest_attach *attach, size_t count, int program_fd)
{
	size_t together = 1;

	if (!loader->uprobe_multi)
		return 0;
	while (together < count && attach[together].kind == ATTACH_UPROBE && attach[together].pid == attach->pid &&
	       attach[together].is_return == attach->is_return && !strcmp(attach[together].path, attach->path))
		together++;
	/* If one place is refused, all are: one by one tells which. */
	return attach_multi(loader, attach, together, program_fd) ? 0 : together;
}

int attach_uprobe(struct loader *loader, const struct manifest_attach *attach, int program_fd)
{
	if (loader->uprobe_multi)
		return attach_multi(loader, attach, 1, program_fd);
	for (size_t i = 0; i < attach->target_count; i++) {
		struct pmu_probe probe = {
			.pmu = "uprobe",
			.name = attach->path,
			.offset = attach->offsets[i],
			.semaphore = attach->semaphores[i],
			.is_return = attach->is_return,
			.pid = watched_pid(loader, attach),
			.cookie = attach->cookies[i],
		};
		int error = attach_by_pmu(loader, &probe, program_fd);

		if (error)
			return error;
	}
	return 0;
}
