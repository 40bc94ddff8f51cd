#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codes.h"
#include "loader.h"
#include "report.h"

/*
 * Words between blanks, as bpftrace splits them: quotes are characters like any other. Only a quoted part with a blank
 * in it, which bpftrace would tear apart, is one word, without its quotes.
 */
static char **split_words(char *text)
{
	size_t count = 0, room = 8;
	char **words = allocate_zeroed(room, sizeof(*words));

	while (*text) {
		char *to, *close;

		if (*text == ' ' || *text == '\t') {
			text++;
			continue;
		}
		if (count + 2 > room) {
			room *= 2;
			words = reallocate(words, room * sizeof(*words));
		}
		words[count++] = to = text;
		while (*text && *text != ' ' && *text != '\t') {
			size_t length = 1, cut = 0;

			close = *text == '\'' || *text == '"' ? strchr(text + 1, *text) : NULL;
			if (close) {
				length = (size_t)(close - text) + 1;
				cut = memchr(text, ' ', length) ? 1 : 0;
			}
			memmove(to, text + cut, length - 2 * cut);
			to += length - 2 * cut;
			text += length;
		}
		if (*text)
			text++;
		*to = '\0';
	}
	words[count] = NULL;
	return words;
}

static void run_command(const char *command, int start_fd, int error_fd)
{
	char **words = split_words(copy_string(command)), byte;
	sigset_t none;
	ssize_t got;
	int error;

	/* Whatever becomes of us, the command does not outlive us. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	/* A byte is the signal to begin; the end of the file says that whoever would have sent it is gone. */
	while ((got = read(start_fd, &byte, 1)) < 0 && errno == EINTR)
		;
	if (got <= 0)
		_exit(127);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (words[0])
		execvp(words[0], words);
	error = words[0] ? errno : ENOENT;
	if (write(error_fd, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

/* A command that is not there is told before anything is attached. */
static bool is_there(const char *name)
{
	const char *path = getenv("PATH");
	char *folders, *rest, *folder;
	bool found = false;

	if (strchr(name, '/'))
		return !access(name, X_OK);
	rest = folders = copy_string(path ? path : "/usr/bin:/bin");
	while (!found && (folder = strsep(&rest, ":"))) {
		struct text full = { 0 };

		text_format(&full, "%s/%s", folder, name);
		found = !access(text_cstring(&full), X_OK);
		text_free(&full);
	}
	free(folders);
	return found;
}

static bool check_command(const char *command)
{
	char *copy = copy_string(command);
	char **words = split_words(copy);
	bool found = words[0] && is_there(words[0]);

	if (!found)
		report_error(CODE_COMMAND, "Failed to fork child: Path '%s' does not exist or is not executable",
			     words[0] ? words[0] : "");
	free(words);
	free(copy);
	return found;
}

static void close_both(const int ends[2])
{
	for (int i = 0; i < 2; i++)
		if (ends[i] >= 0)
			close(ends[i]);
}

bool child_create(struct child *child, const char *command)
{
	int start[2] = { -1, -1 }, error[2] = { -1, -1 };
	pid_t pid = -1;

	if (!check_command(command))
		return false;
	if (!pipe2(start, O_CLOEXEC) && !pipe2(error, O_CLOEXEC))
		pid = fork();
	if (!pid) {
		close(start[1]);
		run_command(command, start[0], error[1]);
	}
	if (pid > 0) {
		close(start[0]);
		close(error[1]);
		/* From here on child_end() clears up. */
		*child = (struct child){ .pid = pid, .start_fd = start[1], .error_fd = error[0], .pid_fd = -1 };
		child->pid_fd = (int)syscall(SYS_pidfd_open, pid, 0);
		if (child->pid_fd >= 0)
			return true;
	}
	report_error(CODE_COMMAND, "Failed to run child: '%s': %s", command, strerror(errno));
	if (pid < 0) {
		close_both(start);
		close_both(error);
	}
	return false;
}

bool child_start(struct child *child, const char *command)
{
	int error = 0;
	ssize_t got;

	if (write(child->start_fd, "", 1) < 0)
		error = errno;
	close(child->start_fd);
	child->start_fd = -1;
	/* Closed by exec: nothing to read means the command runs. */
	while ((got = read(child->error_fd, &error, sizeof(error))) < 0 && errno == EINTR)
		;
	close(child->error_fd);
	child->error_fd = -1;
	if (got <= 0 && !error)
		return true;
	report_error(CODE_COMMAND, "Failed to run child: '%s': %s", command, strerror(error));
	return false;
}

/* How long a command may take to end by itself. */
#define TERM_MS 1000

void child_end(struct child *child)
{
	struct pollfd wait = { .fd = child->pid_fd, .events = POLLIN };

	if (!child->pid)
		return;
	/* bpftrace takes its command down with it; a stopped one hears of it only when it goes on. */
	if (child->start_fd >= 0)
		close(child->start_fd);
	if (child->error_fd >= 0)
		close(child->error_fd);
	kill(child->pid, SIGTERM);
	kill(child->pid, SIGCONT);
	if (child->pid_fd < 0 || poll(&wait, 1, TERM_MS) <= 0)
		kill(child->pid, SIGKILL);
	waitpid(child->pid, NULL, 0);
	if (child->pid_fd >= 0)
		close(child->pid_fd);
	child->pid = 0;
}
