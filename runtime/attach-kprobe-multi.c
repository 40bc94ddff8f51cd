/*
 * Many kernel functions behind one link: BPF_TRACE_KPROBE_MULTI (5.18), and sessions (6.10), whose program is called at
 * both ends of a function. The kernel finds the functions by their names in one walk over its symbols.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attach.h"

/* BPF_TRACE_KPROBE_SESSION of include/uapi/linux/bpf.h since 6.10: younger than the distribution's copy may be. */
#define TRACE_KPROBE_SESSION 56

#define TRACEABLE "/sys/kernel/tracing/available_filter_functions"

enum bpf_attach_type kprobe_multi_attach_type(const struct manifest_attach *attach)
{
	return attach->is_session ? (enum bpf_attach_type)TRACE_KPROBE_SESSION : BPF_TRACE_KPROBE_MULTI;
}

/* bpf(2) itself: libbpf's function passes nothing on for attach types younger than it is. */
static int link_functions(const struct manifest_attach *attach, const char **functions, size_t count, int program_fd)
{
	union bpf_attr attr = {
		.link_create.prog_fd = (uint32_t)program_fd,
		.link_create.attach_type = kprobe_multi_attach_type(attach),
		.link_create.kprobe_multi.syms = (uint64_t)(uintptr_t)functions,
		.link_create.kprobe_multi.cnt = (uint32_t)count,
		.link_create.kprobe_multi.flags = attach->is_return ? BPF_F_KPROBE_MULTI_RETURN : 0,
	};
	int link = (int)syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));

	return link < 0 ? -errno : link;
}

static int function_failed(const struct loader *loader, const struct manifest_attach *attach, const char *function,
			   int error)
{
	char name[512];

	snprintf(name, sizeof(name), "%s:%s", attach->is_return ? "kretprobe" : "kprobe", function);
	return attach_failed(loader, name, error) ? 0 : -ECANCELED;
}

/*
 * One call attaches all or none, without saying which function it did not like: halves are tried until the functions
 * that cannot be attached stand alone. Returns how many were attached, or the error that ends the run.
 */
static int attach_functions(struct loader *loader, const struct manifest_attach *attach, const char **functions,
			    size_t count, int program_fd)
{
	int link = link_functions(attach, functions, count, program_fd), first, second;

	if (link >= 0) {
		keep(loader, link, 0, program_fd);
		return (int)count;
	}
	if (link == -EPERM || link == -EACCES || link == -ENOMEM || link == -EOPNOTSUPP)
		return link;
	if (count == 1)
		return function_failed(loader, attach, functions[0], link);
	first = attach_functions(loader, attach, functions, count / 2, program_fd);
	if (first < 0)
		return first;
	second = attach_functions(loader, attach, functions + count / 2, count - count / 2, program_fd);
	return second < 0 ? second : first + second;
}

struct sought {
	const char *name;
	bool found;
};

static int by_name(const void *left, const void *right)
{
	return strcmp(((const struct sought *)left)->name, ((const struct sought *)right)->name);
}

/* Marks what the kernel lists as traceable; false if it shows no list. A line: a name, and a module in brackets. */
static bool find_traceable(struct sought *sought, size_t count)
{
	FILE *file = fopen(TRACEABLE, "re");
	size_t room = 0;
	char *line = NULL;

	if (!file)
		return false;
	while (getline(&line, &room, file) > 0) {
		struct sought key = { .name = line }, *found;

		line[strcspn(line, " \t\n")] = '\0';
		found = bsearch(&key, sought, count, sizeof(*sought), by_name);
		if (found)
			found->found = true;
	}
	free(line);
	fclose(file);
	return true;
}

/*
 * Takes what the kernel no longer has out of a list it has refused: modules come and go. Searching for the culprits by
 * halves would take a walk over all symbols each time. How many are left, or the error that ends the run.
 */
static int leave_out_missing(const struct loader *loader, const struct manifest_attach *attach, const char **functions,
			     size_t count)
{
	struct sought *sought = allocate_zeroed(count, sizeof(*sought));
	size_t left = 0;
	int error = 0;

	for (size_t i = 0; i < count; i++)
		sought[i].name = functions[i];
	qsort(sought, count, sizeof(*sought), by_name);
	if (!find_traceable(sought, count))
		left = count;
	else
		for (size_t i = 0; i < count && !error; i++) {
			struct sought key = { .name = functions[i] };
			const struct sought *known = bsearch(&key, sought, count, sizeof(*sought), by_name);

			if (known->found)
				functions[left++] = functions[i];
			else
				error = function_failed(loader, attach, functions[i], -ESRCH);
		}
	free(sought);
	return error ? error : (int)left;
}

int attach_kprobe_multi(struct loader *loader, const struct manifest_attach *attach, int program_fd)
{
	const char **functions = attach->functions;
	size_t count = attach->target_count;
	int attached, link = link_functions(attach, functions, count, program_fd);

	if (link >= 0) {
		keep(loader, link, 0, program_fd);
		attached = (int)count;
	} else {
		int left = link == -ESRCH && count > 1 ? leave_out_missing(loader, attach, functions, count) : (int)count;

		attached = left > 0 ? attach_functions(loader, attach, functions, (size_t)left, program_fd) : left;
	}
	if (attached < 0)
		return attached;
	/* The caller counts this attach point as one. */
	loader->probe_count += (size_t)attached;
	loader->probe_count--;
	return 0;
}
