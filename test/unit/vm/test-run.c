/*
 * Runs BPF programs in the kernel once each, without attaching them: the judge of the simulated machine.
 *
 * stdin:  for each program: u32 bytes of instructions, u32 bytes of context, instructions, context.
 * stdout: for each program: s32 zero or errno, then the context as the program left it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static long bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int32_t run(const void *insns, uint32_t insn_bytes, void *context, uint32_t context_bytes)
{
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_SYSCALL,
		.prog_flags = BPF_F_SLEEPABLE,
		.insns = (uint64_t)(uintptr_t)insns,
		.insn_cnt = insn_bytes / 8,
		.license = (uint64_t)(uintptr_t) "GPL",
	};
	int fd = (int)bpf(BPF_PROG_LOAD, &load);
	if (fd < 0)
		return errno;

	union bpf_attr test;
	memset(&test, 0, sizeof(test));
	test.test.prog_fd = (uint32_t)fd;
	test.test.ctx_in = (uint64_t)(uintptr_t)context;
	test.test.ctx_size_in = context_bytes;
	int32_t status = bpf(BPF_PROG_TEST_RUN, &test) < 0 ? errno : 0;
	close(fd);
	return status;
}

int main(void)
{
	uint32_t sizes[2];

	while (fread(sizes, sizeof(sizes), 1, stdin) == 1) {
		unsigned char *buffer = malloc((size_t)sizes[0] + sizes[1] + 1);
		if (!buffer)
			return 1;
		if (fread(buffer, 1, (size_t)sizes[0] + sizes[1], stdin) != (size_t)sizes[0] + sizes[1])
			return 1;
		int32_t status = run(buffer, sizes[0], buffer + sizes[0], sizes[1]);
		fwrite(&status, sizeof(status), 1, stdout);
		fwrite(buffer + sizes[0], 1, sizes[1], stdout);
		free(buffer);
	}
	return 0;
}
