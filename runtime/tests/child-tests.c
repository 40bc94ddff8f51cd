/* The command of -c: it waits, runs, and does not outlive us. And those of system(). */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loader.h"
#include "shell.h"
#include "tests.h"

static bool is_over(const struct child *child, int wait_ms)
{
	return poll(&(struct pollfd){ .fd = child->pid_fd, .events = POLLIN }, 1, wait_ms) > 0;
}

/* Gone, and nothing of it left to wait for. */
static bool is_reaped(pid_t pid)
{
	return waitpid(pid, NULL, WNOHANG) < 0 && errno == ECHILD;
}

/* Commands of system() do not inherit what the loader does to its own signals. */
static void test_shells(void)
{
	struct text printed = { 0 };
	sigset_t term, before;
	int status = 0;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, &before);
	signal(SIGPIPE, SIG_IGN);
	check_true("shell: runs", shell_output("printf '%s' one; exit 3", &printed, &status));
	check_text("shell: its output is taken", &printed, "one");
	check_true("shell: its exit code is told", WIFEXITED(status) && WEXITSTATUS(status) == 3);
	check_true("shell: is ended by SIGTERM", shell_output("kill -TERM $$; echo survived", &printed, &status));
	check_text("shell: did not go on", &printed, "");
	check_true("shell: is ended by SIGPIPE", shell_output("kill -PIPE $$; echo survived", &printed, &status));
	check_text("shell: did not go on writing", &printed, "");
	check_true("shell: leaves nothing to wait for", is_reaped(-1));
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

void test_children(void)
{
	struct child child = { .start_fd = -1 };
	pid_t pid;

	test_shells();
	check_true("child: a program that is not there", !child_create(&child, "/does/not/exist"));
	check_true("child: nothing at all", !child_create(&child, " "));

	check_true("child: is made", child_create(&child, "true"));
	check_true("child: waits to be started", !is_over(&child, 50));
	check_true("child: starts", child_start(&child, "true"));
	check_true("child: ends", is_over(&child, 5000));
	pid = child.pid;
	child_end(&child);
	check_true("child: is reaped", is_reaped(pid));

	child = (struct child){ .start_fd = -1 };
	check_true("child: a long one", child_create(&child, "sleep 100") && child_start(&child, "sleep 100"));
	pid = child.pid;
	kill(pid, SIGSTOP);
	check_true("child: a stopped one is not over", !is_over(&child, 50));
	child_end(&child);
	check_true("child: ends with us, even stopped", is_reaped(pid));

	child = (struct child){ .start_fd = -1 };
	check_true("child: one never started", child_create(&child, "sleep 100"));
	pid = child.pid;
	child_end(&child);
	check_true("child: ends without having run", is_reaped(pid));
}
