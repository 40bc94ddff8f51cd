/*
 * tsbt: the front and the loader. Starts the compiler (Node) as a child, which serves everything but tracing and
 * hands over one object for it; then, alone, runs that object. `tsbt FILE.o` runs an object without Node.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bpf-programs.h"
#include "codes.h"
#include "compiler.h"
#include "link.h"
#include "loader.h"
#include "report.h"

struct mapped {
	uint8_t *bytes;
	size_t length;
};

static bool map_file(int fd, struct mapped *file)
{
	struct stat status;

	if (fstat(fd, &status))
		return false;
	if (status.st_size <= 0) {
		errno = ENODATA;
		return false;
	}
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
		report_error(CODE_OBJECT, "cannot read '%s': %s", path, strerror(errno));
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

	if (!mapped)
		report_error(CODE_OBJECT, "cannot read '%s': %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return mapped ? run_compiled(&message) : 1;
}

/*
 * Whoever starts us may have closed standard input, output or error. The next files opened would take their numbers, and
 * be written to as if they were them.
 */
static void fill_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	struct mapped message;
	int object_fd, code;

	fill_standard_streams();
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
	code = compiler_run(argc, argv, object_fd);
	if (code)
		return code;
	if (!map_file(object_fd, &message))
		return 0; /* the compiler did all there was to do */
	close(object_fd);
	return run_compiled(&message);
}
