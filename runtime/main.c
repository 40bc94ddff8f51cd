/*
 * tsbt: the front and the loader. Starts the compiler (Node) as a child, which serves everything but tracing and
 * hands over one object for it; then, alone, runs that object. `tsbt FILE.o` runs an object without Node.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bpf-programs.h"
#include "codes.h"
#include "link.h"
#include "loader.h"
#include "report.h"
#include "text.h"

extern char **environ;

struct mapped {
	uint8_t *bytes;
	size_t length;
};

static bool map_file(int fd, struct mapped *file)
{
	struct stat status;

	if (fstat(fd, &status) || status.st_size <= 0)
		return false;
	file->length = (size_t)status.st_size;
	file->bytes = mmap(NULL, file->length, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	return file->bytes != MAP_FAILED;
}

/* An object somebody built, and no program of this machine? */
static bool is_object(const char *path)
{
	Elf64_Ehdr header = { 0 };
	struct stat status;
	/* Not a pipe: what is read from one is gone for the compiler. */
	int fd = !stat(path, &status) && S_ISREG(status.st_mode) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	bool found = fd >= 0 && read(fd, &header, sizeof(header)) == sizeof(header) &&
		     !memcmp(header.e_ident, ELFMAG, SELFMAG) && header.e_machine == EM_BPF;

	if (fd >= 0)
		close(fd);
	return found;
}

/*
 * libbpf trusts an object more than one from elsewhere deserves, and may crash on a forged one; a child tries it first.
 * What it has to say is said again by whoever opens the object then.
 */
static bool survives_opening(const struct options *options, const struct mapped *file)
{
	pid_t pid = fork();
	int status = 0;

	if (!pid) {
		struct loader loader = { .options = options };
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		dup2(null, STDERR_FILENO);
		object_open(&loader, file->bytes, file->length);
		_exit(0);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid < 0 || !WIFSIGNALED(status))
		return true;
	report_error(CODE_OBJECT, "this is no object of tsbt, or it is damaged: it cannot be read");
	return false;
}

/* Is there an object among the arguments? What belongs to an option is none: `-c` may name one to be traced. */
static bool names_object(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "build"))
		return false;
	/* With these there is a script to be compiled, whatever else is named. */
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "-e") || !strcmp(argv[i], "--emit-elf"))
			return false;
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (argv[i][0] == '-' && argv[i][1] && !argv[i][2] && strchr("foBcped", argv[i][1]))
			i++;
		else if (argv[i][0] != '-' && is_object(argv[i]))
			return true;
	}
	return false;
}

static int run_file(int argc, char **argv)
{
	struct options options = { 0 };
	struct mapped file;
	const char *path;
	int code = 1, fd = -1;

	if (!options_from_flags(&options, argc, argv, &path))
		goto out;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || !map_file(fd, &file)) {
		report_error(CODE_OBJECT, "cannot read '%s'", path);
		goto out;
	}
	close(fd);
	fd = -1;
	if (survives_opening(&options, &file))
		code = run_object(&options, file.bytes, file.length);
	munmap(file.bytes, file.length);
out:
	if (fd >= 0)
		close(fd);
	options_free(&options);
	return code;
}

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

/* Starts the compiler with our arguments; it writes to `object_fd`. Returns its exit code, or -1 if it never ran. */
static int compile(int argc, char **argv, int object_fd)
{
	char folder[PATH_MAX], node[PATH_MAX] = "node", path[PATH_MAX + 16];
	char **words = allocate_zeroed((size_t)argc + 5, sizeof(*words)), **variables;
	size_t count = 0;
	int status, error;
	pid_t pid;

	if (!own_folder(folder, sizeof(folder)))
		return -1;
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
		return -1;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run_compiled(const struct mapped *message)
{
	uint8_t *end = memchr(message->bytes, '\n', message->length);
	struct options options = { 0 };
	size_t line;
	int code = 1;

	line = end ? (size_t)(end - message->bytes) : 0;
	if (!end || !options_parse(&options, (const char *)message->bytes, line))
		report_error(CODE_OBJECT, "the compiler sent something this loader does not understand");
	else
		code = run_object(&options, message->bytes + line + 1, message->length - line - 1);
	options_free(&options);
	return code;
}

/*
 * Runs what a compiler wrote into a file before (TSBT_OBJECT_FD), here or elsewhere, with the options of that command
 * line: the virtual machines of the tests, where Node takes seconds, have everything compiled outside.
 */
static int run_compiled_before(const char *path)
{
	struct mapped message;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool mapped = fd >= 0 && map_file(fd, &message);

	if (fd >= 0)
		close(fd);
	if (mapped)
		return run_compiled(&message);
	report_error(CODE_OBJECT, "cannot read '%s'", path);
	return 1;
}

int main(int argc, char **argv)
{
	struct mapped message;
	int object_fd, code;

	if (argc == 3 && !strcmp(argv[1], "--run-compiled"))
		return run_compiled_before(argv[2]);
	if (argc == 2 && !strcmp(argv[1], "--list-bpf-programs"))
		return bpf_programs_print();
	if (argc > 3 && !strcmp(argv[1], "--link-objects"))
		return link_objects(argv[2], argv + 3);
	if (names_object(argc, argv))
		return run_file(argc, argv);
	object_fd = memfd_create("tsbt-object", 0);
	if (object_fd < 0) {
		report_error(CODE_MEMORY, "cannot make a memory file: %s", strerror(errno));
		return 1;
	}
	code = compile(argc, argv, object_fd);
	if (code)
		return code < 0 ? 1 : code;
	if (!map_file(object_fd, &message))
		return 0; /* the compiler did all there was to do */
	close(object_fd);
	return run_compiled(&message);
}
