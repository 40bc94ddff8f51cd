#include "shell.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/*
 * The loader takes its signals from a descriptor, and has them blocked for that. A command must not inherit it: `timeout`
 * could not end what it runs, nor ^C a command that hangs. popen(3) has no way to say so.
 */
static int spawn_shell(pid_t *pid, const char *command, int output)
{
	char *const words[] = { "sh", "-c", (char *)command, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, pipe;
	int error;

	sigemptyset(&none);
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &pipe);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	error = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	if (!error)
		error = posix_spawn(pid, "/bin/sh", &actions, &attributes, words, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

bool shell_output(const char *command, struct text *printed, int *status)
{
	int ends[2], error;
	char block[4096];
	ssize_t got;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return false;
	error = spawn_shell(&pid, command, ends[1]);
	close(ends[1]);
	while (!error && ((got = read(ends[0], block, sizeof(block))) > 0 || (got < 0 && errno == EINTR)))
		if (got > 0)
			text_append(printed, block, (size_t)got);
	close(ends[0]);
	while (!error && waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
	errno = error;
	return !error;
}
