/*
 * jitted: makes a function at run time, tells its name as perf has it (/tmp/perf-PID.map), and has it call `leaf`, which
 * fires the static probe jitted:leaf; then it waits half a second, so that whoever traces may read the file.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "usdt.h"

/* A frame, and in it a call of the first argument. */
#ifdef __aarch64__
static const unsigned char code[] = {
	0xfd, 0x7b, 0xbf, 0xa9, /* stp x29, x30, [sp, #-16]! */
	0xfd, 0x03, 0x00, 0x91, /* mov x29, sp */
	0x00, 0x00, 0x3f, 0xd6, /* blr x0 */
	0xfd, 0x7b, 0xc1, 0xa8, /* ldp x29, x30, [sp], #16 */
	0xc0, 0x03, 0x5f, 0xd6, /* ret */
};
#else
static const unsigned char code[] = {
	0x55,             /* push %rbp */
	0x48, 0x89, 0xe5, /* mov %rsp, %rbp */
	0xff, 0xd7,       /* call *%rdi */
	0x5d,             /* pop %rbp */
	0xc3,             /* ret */
};
#endif

volatile int sink;

static void leaf(void)
{
	/* A call, so that there is a frame. */
	sink += getppid() < 0;
	USDT("jitted", "leaf", "-4@%0", "r"(1));
}

static int tell(const void *function, char *path, size_t room)
{
	FILE *file;

	snprintf(path, room, "/tmp/perf-%d.map", getpid());
	file = fopen(path, "w");
	if (!file)
		return 1;
	fprintf(file, "%lx %zx made at run time\n", (unsigned long)function, sizeof(code));
	return fclose(file);
}

int main(void)
{
	const struct timespec pause = { .tv_nsec = 500000000 };
	char path[64];
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void (*made)(void (*)(void));

	if (page == MAP_FAILED || tell(page, path, sizeof(path)))
		return 1;
	memcpy(page, code, sizeof(code));
	__builtin___clear_cache(page, (char *)page + sizeof(code));
	memcpy(&made, &page, sizeof(made));
	made(leaf);
	nanosleep(&pause, NULL);
	return unlink(path);
}
