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
#include "report.h"

/* include/uapi/linux/bpf.h of 6.6: younger than the distribution's copy may be. */
#define TRACE_UPROBE_MULTI 48
#define UPROBE_MULTI_RETURN 1

struct uprobe_multi_attr {
	uint32_t program_fd, target_fd, attach_type, link_flags;
	uint64_t path, offsets, semaphores, cookies;
	uint32_t count, flags, pid, unused; /* the kernel wants zeroes behind what it knows */
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

/* Places in one file as the kernel takes them, and whom each belongs to. */
struct places {
	const struct manifest_attach *points; /* attach points, one after the other */
	bool *held;                           /* of each: one of its places at least is attached */
	const struct manifest_attach **owners;
	uint64_t *offsets, *semaphores, *cookies;
	size_t count;
};

static struct places collect_places(const struct manifest_attach *attach, size_t count)
{
	struct places places = { .points = attach, .held = allocate_zeroed(count, sizeof(*places.held)) };
	size_t at = 0;

	for (size_t i = 0; i < count; i++)
		places.count += attach[i].target_count;
	places.owners = allocate_zeroed(places.count, sizeof(*places.owners));
	places.offsets = allocate_zeroed(places.count * 3, sizeof(*places.offsets));
	places.semaphores = places.offsets + places.count;
	places.cookies = places.semaphores + places.count;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < attach[i].target_count; k++, at++) {
			places.owners[at] = &attach[i];
			places.offsets[at] = attach[i].offsets[k];
			places.semaphores[at] = attach[i].semaphores[k];
			places.cookies[at] = attach[i].cookies[k];
		}
	return places;
}

static int link_places(const struct loader *loader, const struct places *places, size_t first, size_t count,
		       int program_fd)
{
	const struct manifest_attach *attach = places->owners[first];
	int pid = watched_pid(loader, attach);
	struct uprobe_multi_attr attr = {
		.program_fd = (uint32_t)program_fd,
		.path = (uint64_t)(uintptr_t)attach->path,
		.offsets = (uint64_t)(uintptr_t)(places->offsets + first),
		.semaphores = (uint64_t)(uintptr_t)(places->semaphores + first),
		.cookies = (uint64_t)(uintptr_t)(places->cookies + first),
		.count = (uint32_t)count,
		.flags = attach->is_return ? UPROBE_MULTI_RETURN : 0,
		.pid = pid > 0 ? (uint32_t)pid : 0,
	};

	return link_uprobe_multi(&attr);
}

/* Errors that other places would meet, too: no right to, no memory, no such file. */
static bool concerns_all(int error)
{
	return error == -EPERM || error == -EACCES || error == -ENOMEM || error == -ENOENT;
}

/* So many at first once something is refused: each try of the kernel's undoes all that it did. */
#define LARGEST_RETRY 256

/*
 * One call attaches all or none, and does not say which place it did not like: parts are tried until the refused ones
 * stand alone. Few links remain, for closing one waits for a grace period. 0, or the error that ends the run.
 */
static int attach_places(struct loader *loader, const struct places *places, size_t first, size_t count, int program_fd)
{
	int link = link_places(loader, places, first, count, program_fd), error;
	size_t part;

	if (link >= 0) {
		keep(loader, link, 0, program_fd);
		for (size_t i = first; i < first + count; i++)
			places->held[places->owners[i] - places->points] = true;
		return 0;
	}
	if (concerns_all(link))
		return link;
	if (count == 1)
		return attach_failed(loader, places->owners[first]->probe, link) ? 0 : -ECANCELED;
	part = (count + 1) / 2 > LARGEST_RETRY ? LARGEST_RETRY : (count + 1) / 2;
	for (size_t done = 0; done < count; done += part) {
		error = attach_places(loader, places, first + done, count - done < part ? count - done : part, program_fd);
		if (error)
			return error;
	}
	return 0;
}

/* How many of the attach points have a place attached, or an error. */
static int attach_multi(struct loader *loader, const struct manifest_attach *attach, size_t count, int program_fd)
{
	struct places places = collect_places(attach, count);
	int error = attach_places(loader, &places, 0, places.count, program_fd), held = 0;

	for (size_t i = 0; i < count && !error; i++) {
		held += places.held[i];
		if (places.held[i])
			report_verbose("attached %s", attach[i].probe);
	}
	free(places.held);
	free(places.owners);
	free(places.offsets);
	return error ? error : held;
}

/* Without multi links: an event for each place of one attach point. 1 if any is attached, 0, or an error. */
static int attach_each_place(struct loader *loader, const struct manifest_attach *attach, int program_fd)
{
	bool held = false;

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

		if (concerns_all(error) || error == -EOPNOTSUPP)
			return error;
		if (error && !attach_failed(loader, attach->probe, error))
			return -ECANCELED;
		held |= !error;
	}
	if (held)
		report_verbose("attached %s", attach->probe);
	return held;
}

long attach_uprobes(struct loader *loader, const struct manifest_attach *attach, size_t count, int program_fd)
{
	size_t together = 1;
	int held;

	while (loader->uprobe_multi && together < count && attach[together].kind == ATTACH_UPROBE &&
	       attach[together].pid == attach->pid && attach[together].is_return == attach->is_return &&
	       !strcmp(attach[together].path, attach->path))
		together++;
	held = loader->uprobe_multi ? attach_multi(loader, attach, together, program_fd)
				    : attach_each_place(loader, attach, program_fd);
	if (held < 0)
		return held;
	loader->probe_count += (size_t)held;
	return (long)together;
}
