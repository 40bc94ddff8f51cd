#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codes.h"
#include "loader.h"
#include "report.h"

/* Words as bpftrace splits them: at blanks, with quotes keeping blanks together. */
static char **split_words(char *text)
{
	size_t count = 0, room = 8;
	char **words = allocate_zeroed(room, sizeof(*words));

	while (*text) {
		char *to, quote = 0;

		while (*text == ' ' || *text == '\t')
			text++;
		if (!*text)
			break;
		if (count + 2 > room) {
			room *= 2;
			words = reallocate(words, room * sizeof(*words));
		}
		words[count++] = to = text;
		for (; *text && (quote || (*text != ' ' && *text != '\t')); text++) {
			if (quote ? *text == quote : *text == '\'' || *text == '"')
				quote = quote ? 0 : *text;
			else
				*to++ = *text;
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
	int error;

	/* End of file is the signal to begin; a byte would be one not to. */
	while (read(start_fd, &byte, 1) < 0 && errno == EINTR)
		;
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
static bool is_there(const char *command)
{
	char **words = split_words(copy_string(command));
	const char *path = getenv("PATH");
	bool found = false;

	if (!words[0])
		return false;
	if (strchr(words[0], '/'))
		return !access(words[0], X_OK);
	for (char *list = copy_string(path ? path : "/usr/bin:/bin"), *folder = strsep(&list, ":"); folder && !found;
	     folder = strsep(&list, ":")) {
		struct text full = { 0 };

		text_format(&full, "%s/%s", folder, words[0]);
		found = !access(text_cstring(&full), X_OK);
		text_free(&full);
	}
	return found;
}

bool child_create(struct child *child, const char *command)
{
	int start[2], error[2];

	if (!is_there(command)) {
		report_error(CODE_COMMAND, "cannot run '%s': %s", command, strerror(errno == EACCES ? EACCES : ENOENT));
		return false;
	}
	if (pipe2(start, O_CLOEXEC) || pipe2(error, O_CLOEXEC)) {
		report_error(CODE_COMMAND, "cannot run '%s': %s", command, strerror(errno));
		return false;
	}
	child->pid = fork();
	if (child->pid < 0) {
		report_error(CODE_COMMAND, "cannot run '%s': %s", command, strerror(errno));
		child->pid = 0;
		return false;
	}
	if (!child->pid) {
		close(start[1]);
		run_command(command, start[0], error[1]);
	}
	close(start[0]);
	close(error[1]);
	child->start_fd = start[1];
	child->error_fd = error[0];
	child->pid_fd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	return true;
}

bool child_start(struct child *child, const char *command)
{
	int error = 0;
	ssize_t got;

	close(child->start_fd);
	child->start_fd = -1;
	/* Closed by exec: nothing to read means the command runs. */
	while ((got = read(child->error_fd, &error, sizeof(error))) < 0 && errno == EINTR)
		;
	close(child->error_fd);
	child->error_fd = -1;
	if (got <= 0)
		return true;
	report_error(CODE_COMMAND, "cannot run '%s': %s", command, strerror(error));
	return false;
}

void child_end(struct child *child)
{
	if (!child->pid)
		return;
	/* bpftrace takes its command down with it. */
	kill(child->pid, SIGTERM);
	if (child->start_fd >= 0)
		kill(child->pid, SIGKILL);
	waitpid(child->pid, NULL, 0);
	if (child->pid_fd >= 0)
		close(child->pid_fd);
}
