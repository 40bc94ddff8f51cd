#include "compiler.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codes.h"
#include "report.h"
#include "text.h"

extern char **environ;

/* Folder of this program, where the compiler lies too. */
static bool own_folder(char *folder, size_t size)
{
	ssize_t length = readlink("/proc/self/exe", folder, size - 1);
	char *slash;

	if (length <= 0)
		return false;
	folder[length] = '\0';
	slash = strrchr(folder, '/');
	if (slash)
		*slash = '\0';
	return slash != NULL;
}

/*
 * tsbt.node says which node binary made the startup snapshot, by path, size and time of change. Another node would
 * refuse the snapshot; it gets the plain bundle.
 */
static bool snapshot_node(const char *folder, char *node, size_t size)
{
	long long bytes = 0, changed = 0;
	char path[PATH_MAX + 16], line[PATH_MAX];
	struct stat status;
	bool good = false;
	FILE *file;

	snprintf(path, sizeof(path), "%s/tsbt.node", folder);
	file = fopen(path, "re");
	if (file && fgets(line, sizeof(line), file) && fscanf(file, "%lld %lld", &bytes, &changed) == 2) {
		line[strcspn(line, "\n")] = '\0';
		snprintf(node, size, "%s", line);
		good = !stat(node, &status) && status.st_size == bytes && status.st_mtime == changed;
	}
	if (file)
		fclose(file);
	snprintf(path, sizeof(path), "%s/tsbt.blob", folder);
	return good && !access(path, R_OK) && !getenv("TSBT_NO_SNAPSHOT");
}

/* Lists of `NAME=value`, as execve(2) takes them; an earlier entry wins over a later one of the same name. */
static void set_variable(char **variables, const char *name, const char *value)
{
	struct text entry = { 0 };
	size_t length = strlen(name), at = 0;

	for (; variables[at]; at++)
		if (!strncmp(variables[at], name, length) && variables[at][length] == '=')
			return;
	text_format(&entry, "%s=%s", name, value);
	variables[at] = copy_string(text_cstring(&entry));
	text_free(&entry);
}

/*
 * Ours, with what the compiler needs to know, and without what would only make Node start slower: certificates for
 * connections it never makes (50 ms), and small pages for the snapshot, which malloc reads whole (30 ms).
 */
static char **compiler_environment(const char *folder, int object_fd)
{
	char path[PATH_MAX + 16], number[32];
	size_t count = 0, kept = 0;
	char **variables;

	while (environ[count])
		count++;
	variables = allocate_zeroed(count + 5, sizeof(*variables));
	for (size_t i = 0; i < count; i++)
		if (strncmp(environ[i], "NODE_EXTRA_CA_CERTS=", 20) && strncmp(environ[i], "TSBT_OBJECT_FD=", 15) &&
		    strncmp(environ[i], "TSBT_FRONT=", 11))
			variables[kept++] = copy_string(environ[i]);
	snprintf(number, sizeof(number), "%d", object_fd);
	set_variable(variables, "TSBT_OBJECT_FD", number);
	/* Through us the compiler can ask the kernel what needs bpf(2). */
	snprintf(path, sizeof(path), "%s/tsbt", folder);
	set_variable(variables, "TSBT_FRONT", path);
	snprintf(path, sizeof(path), "%s/../tools", folder);
	set_variable(variables, "TSBT_TOOLS", path);
	set_variable(variables, "GLIBC_TUNABLES", "glibc.malloc.hugetlb=1");
	return variables;
}

static void free_environment(char **variables)
{
	for (size_t i = 0; variables[i]; i++)
		free(variables[i]);
	free(variables);
}

/* Files that Node 20 has open at once when it starts, and a few: with less it dies with a stack trace. */
#define COMPILER_FILES 32

/* A child inherits the limit; a soft one below the hard one is the shell's choice, and nobody's protection. */
static bool enough_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= COMPILER_FILES)
		return true;
	limit.rlim_cur = limit.rlim_max;
	if (limit.rlim_cur >= COMPILER_FILES && !setrlimit(RLIMIT_NOFILE, &limit))
		return true;
	report_error(CODE_COMPILER, "cannot start the compiler: it needs %d open files, and %llu are allowed", COMPILER_FILES,
		     (unsigned long long)limit.rlim_max);
	report_hint("raise the limit: ulimit -n 1024");
	return false;
}

/* How the compiler ended, as our exit code. */
static int exit_code(int status)
{
	int ended_by = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (!ended_by)
		return WEXITSTATUS(status);
	/* What a user or the terminal sends needs no words. */
	if (ended_by != SIGINT && ended_by != SIGTERM && ended_by != SIGHUP && ended_by != SIGQUIT && ended_by != SIGPIPE)
		report_error(CODE_COMPILER, "the compiler was ended by signal %d (%s)", ended_by, strsignal(ended_by));
	if (ended_by == SIGKILL)
		report_hint("the kernel ends processes so when memory runs out: see dmesg");
	return 128 + ended_by;
}

int compiler_run(int argc, char **argv, int object_fd)
{
	char folder[PATH_MAX], node[PATH_MAX] = "node", path[PATH_MAX + 16];
	char **words, **variables;
	size_t count = 0;
	int status, error;
	pid_t pid;

	if (!own_folder(folder, sizeof(folder))) {
		report_error(CODE_COMPILER, "cannot find the compiler, which lies where tsbt does: /proc/self/exe: %s",
			     strerror(errno));
		report_hint("mount /proc");
		return 1;
	}
	if (!enough_files())
		return 1;
	words = allocate_zeroed((size_t)argc + 5, sizeof(*words));
	words[count++] = node;
	if (snapshot_node(folder, node, sizeof(node))) {
		snprintf(path, sizeof(path), "%s/tsbt.blob", folder);
		words[count++] = "--snapshot-blob";
		words[count++] = path;
		words[count++] = "tsbt"; /* ends node's own options, as a script's name would */
	} else {
		snprintf(path, sizeof(path), "%s/tsbt.cjs", folder);
		if (getenv("TSBT_NODE"))
			snprintf(node, sizeof(node), "%s", getenv("TSBT_NODE"));
		else if (access(node, X_OK))
			snprintf(node, sizeof(node), "node");
		words[count++] = path;
	}
	for (int i = 1; i < argc; i++)
		words[count++] = argv[i];
	variables = compiler_environment(folder, object_fd);
	error = posix_spawnp(&pid, node, NULL, NULL, words, variables);
	free_environment(variables);
	free(words);
	if (error) {
		report_error(CODE_COMPILER, "cannot start node, which compiles scripts: %s", strerror(error));
		report_hint("install Node.js 20 or newer, or run an object: tsbt FILE.o");
		return 1;
	}
	while (waitpid(pid, &status, 0) < 0) {
		if (errno == EINTR)
			continue;
		report_error(CODE_COMPILER, "cannot wait for the compiler: %s", strerror(errno));
		return 1;
	}
	return exit_code(status);
}
