#include "child-entry.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __x86_64__

#define BREAKPOINT 0xccul /* int3, one byte */

bool entry_seize(pid_t pid)
{
	return !ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACEEXEC);
}

void entry_leave(pid_t pid)
{
	ptrace(PTRACE_DETACH, pid, 0, 0);
}

/* Its next stop; false when it has ended. */
static bool wait_for_stop(pid_t pid, int *status)
{
	pid_t got;

	while ((got = waitpid(pid, status, __WALL)) < 0 && errno == EINTR)
		;
	return got == pid && WIFSTOPPED(*status);
}

static uint64_t read_entry(pid_t pid)
{
	Elf64_auxv_t values[64];
	char path[64];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/auxv", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? 0 : read(fd, values, sizeof(values));
	if (fd >= 0)
		close(fd);
	for (size_t i = 0; got > 0 && i < (size_t)got / sizeof(*values); i++)
		if (values[i].a_type == AT_ENTRY)
			return values[i].a_un.a_val;
	return 0;
}

/* Goes on to the breakpoint at `entry`; signals that come meanwhile are the program's. */
static bool run_to(pid_t pid, uint64_t entry)
{
	struct user_regs_struct registers;
	int status, signal = 0;

	for (;;) {
		if (ptrace(PTRACE_CONT, pid, 0, signal) || !wait_for_stop(pid, &status))
			return false;
		signal = status >> 16 ? 0 : WSTOPSIG(status);
		if (signal == SIGTRAP && !ptrace(PTRACE_GETREGS, pid, 0, &registers) && registers.rip == entry + 1) {
			registers.rip = entry;
			return !ptrace(PTRACE_SETREGS, pid, 0, &registers);
		}
	}
}

void entry_reach(pid_t pid)
{
	uint64_t entry;
	long code;
	int status;

	/* Stopped because it executes the program. */
	do {
		if (!wait_for_stop(pid, &status))
			return;
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8))
			break;
	} while (!ptrace(PTRACE_CONT, pid, 0, status >> 16 ? 0 : WSTOPSIG(status)));
	entry = read_entry(pid);
	errno = 0;
	code = ptrace(PTRACE_PEEKTEXT, pid, entry, 0);
	/* A user probe sits there already, whose trap nobody but the kernel sees. */
	if (!entry || errno || ((unsigned long)code & 0xff) == BREAKPOINT)
		return;
	if (ptrace(PTRACE_POKETEXT, pid, entry, ((unsigned long)code & ~0xfful) | BREAKPOINT))
		return;
	if (run_to(pid, entry))
		ptrace(PTRACE_POKETEXT, pid, entry, code);
}

#else

/* Only where stacks can be walked by tables is it asked for. */
bool entry_seize(pid_t pid)
{
	(void)pid;
	return false;
}

void entry_reach(pid_t pid)
{
	(void)pid;
}

void entry_leave(pid_t pid)
{
	(void)pid;
}

#endif
