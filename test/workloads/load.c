/*
 * load KIND N [FILE]: on one CPU, does something N times, a tenth more before, and prints how many nanoseconds of CPU time
 * each took, its own and its ended children's: what else the machine does counts little.
 *   call     getppid(2)                             open     opens FILE and closes it
 *   stat     statx(2) of FILE                       read     reads the first 4 KiB of FILE, which are cached
 *   sync     msync(2) of a page without a file      direct   reads 4 KiB of FILE past the page cache
 *   kill     kill(2) of itself with signal 0        nap      sleeps for a nanosecond
 *   fork     a child that ends at once              exec     a child that becomes this program, which ends at once
 *   setuid   setuid(2) to what it is
 *   switch   a byte to another process and back     connect  a TCP connection to itself, accepted and closed
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

static const char *file, *self;
static char *page;
static int fd, listener, there[2], back[2];
static struct sockaddr_in address;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void check(long result, const char *what)
{
	if (result < 0)
		fail(what);
}

static void call(void) { syscall(SYS_getppid); }

static void open_close(void)
{
	int opened = open(file, O_RDONLY);

	check(opened, "open");
	close(opened);
}

static void stat_file(void)
{
	struct statx status;

	check(statx(AT_FDCWD, file, 0, STATX_BASIC_STATS, &status), "statx");
}

static void read_block(void) { check(pread(fd, page, 4096, 0), "pread"); }

static void sync_page(void) { check(msync(page, 4096, MS_ASYNC), "msync"); }

static void kill_self(void) { check(kill(getpid(), 0), "kill"); }

static void set_user(void) { check(setuid(getuid()), "setuid"); }

static void nap(void)
{
	struct timespec shortest = { .tv_nsec = 1 };

	nanosleep(&shortest, NULL);
}

static void fork_wait(void)
{
	pid_t child = fork();

	check(child, "fork");
	if (child == 0)
		_exit(0);
	waitpid(child, NULL, 0);
}

static void exec_wait(void)
{
	pid_t child = vfork();

	check(child, "vfork");
	if (child == 0) {
		execl(self, self, "end", (char *)NULL);
		_exit(127);
	}
	waitpid(child, NULL, 0);
}

static void ping_pong(void)
{
	char byte = 0;

	check(write(there[1], &byte, 1), "write");
	check(read(back[0], &byte, 1), "read");
}

static void connect_accept(void)
{
	int from = socket(AF_INET, SOCK_STREAM, 0), to;
	struct linger reset = { .l_onoff = 1 };

	check(connect(from, (struct sockaddr *)&address, sizeof(address)), "connect");
	check(to = accept(listener, NULL, NULL), "accept");
	/* By reset: no port stays behind in TIME_WAIT. */
	setsockopt(from, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(from);
	close(to);
}

static void echo_bytes(void)
{
	char byte;

	check(pipe(there) | pipe(back), "pipe");
	if (fork() != 0)
		return;
	close(there[1]);
	while (read(there[0], &byte, 1) == 1)
		check(write(back[1], &byte, 1), "write");
	_exit(0);
}

static void listen_here(void)
{
	socklen_t size = sizeof(address);

	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	check(listen(listener, 16), "listen");
	check(getsockname(listener, (struct sockaddr *)&address, &size), "getsockname");
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

static const struct {
	const char *name;
	void (*once)(void);
} kinds[] = {
	{ "call", call }, { "open", open_close }, { "stat", stat_file }, { "read", read_block }, { "sync", sync_page },
	{ "direct", read_block }, { "kill", kill_self }, { "nap", nap }, { "setuid", set_user }, { "fork", fork_wait }, { "exec", exec_wait },
	{ "switch", ping_pong }, { "connect", connect_accept },
};

static double now(void)
{
	struct timespec own;
	struct rusage children;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
	getrusage(RUSAGE_CHILDREN, &children);
	return (double)own.tv_sec * 1e9 + (double)own.tv_nsec +
	       (double)(children.ru_utime.tv_sec + children.ru_stime.tv_sec) * 1e9 +
	       (double)(children.ru_utime.tv_usec + children.ru_stime.tv_usec) * 1e3;
}

static void prepare(const char *kind)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	check(sched_setaffinity(0, sizeof(one), &one), "sched_setaffinity");
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		fail("mmap");
	if (!strcmp(kind, "read") || !strcmp(kind, "direct"))
		check(fd = open(file, O_RDONLY | (kind[0] == 'd' ? O_DIRECT : 0)), "open");
	if (!strcmp(kind, "switch"))
		echo_bytes();
	if (!strcmp(kind, "connect"))
		listen_here();
}

int main(int argc, char **argv)
{
	long n = argc > 2 ? atol(argv[2]) : 0;
	void (*once)(void) = NULL;
	double start;

	if (argc > 1 && !strcmp(argv[1], "end"))
		return 0;
	for (size_t i = 0; argc > 2 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(argv[1], kinds[i].name))
			once = kinds[i].once;
	}
	if (once == NULL || n <= 0)
		return 2;
	self = argv[0];
	file = argc > 3 ? argv[3] : argv[0];
	prepare(argv[1]);
	for (long i = 0; i < n / 10; i++)
		once();
	start = now();
	for (long i = 0; i < n; i++)
		once();
	printf("%.1f\n", (now() - start) / (double)n);
	return 0;
}
