/* What is known of processes: events in and out of order, numbers given again, forgetting, and the kernel's own events. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process-watch.h"
#include "processes.h"
#include "tests.h"

/* No process has such numbers: PID_MAX_LIMIT is 4 million. */
#define NOBODY 5000000u

static void map_at(struct processes *all, uint32_t tgid, uint64_t start, uint64_t at, const char *path)
{
	struct mapping mapping = { .start = start, .end = start + 0x1000, .since = at };

	processes_mapped(all, tgid, &mapping, path);
}

/* The path mapped at an address; "-" for none. */
static const char *path_at(struct processes *all, uint32_t tgid, uint64_t address)
{
	const struct mapping *found = process_mapping(processes_find(all, tgid), address);

	return found ? found->path : "-";
}

static bool holds(struct processes *all, uint32_t tgid, uint64_t address, const char *path)
{
	return !strcmp(path_at(all, tgid, address), path);
}

static void test_order(void)
{
	struct processes *all = processes_new();

	map_at(all, NOBODY, 0x1000, 10, "/bin/old");
	processes_executed(all, NOBODY, 20);
	check_true("another program has nothing of the one before", holds(all, NOBODY, 0x1000, "-"));
	map_at(all, NOBODY, 0x1000, 30, "/bin/new");
	map_at(all, NOBODY, 0x9000, 15, "/bin/late");
	check_true("an event that comes late is known by its time", holds(all, NOBODY, 0x9000, "-"));
	check_true("the new program's own", holds(all, NOBODY, 0x1fff, "/bin/new") && holds(all, NOBODY, 0x2000, "-"));
	map_at(all, NOBODY, 0x1000, 40, "/lib/over");
	check_true("later mappings hide earlier ones", holds(all, NOBODY, 0x1000, "/lib/over"));
	map_at(all, NOBODY, 0x5000, 41, "//anon");
	map_at(all, NOBODY, 0x6000, 42, "[stack]");
	map_at(all, NOBODY, 0x7000, 43, VDSO);
	check_true("code of no file", holds(all, NOBODY, 0x5000, "") && holds(all, NOBODY, 0x6000, "-") &&
					      holds(all, NOBODY, 0x7000, VDSO));
	processes_free(all);
}

/* A compiler at run time maps code anew all the time, at the same place or at others. */
static void test_bounds(void)
{
	struct processes *all = processes_new();
	struct process *process;

	for (uint64_t at = 1; at <= 100; at++)
		map_at(all, NOBODY, 0x1000, at, "//anon");
	process = processes_find(all, NOBODY);
	check_true("what is mapped over is gone", process->count == 1);
	for (uint64_t i = 1; i <= 100000; i++)
		map_at(all, NOBODY, i << 13, 200 + i, "//anon");
	check_true("no more than so many are kept", process->count <= 4096);
	check_true("the latest are", holds(all, NOBODY, 100000ull << 13, "") && holds(all, NOBODY, 99000ull << 13, ""));
	check_true("the first are not", holds(all, NOBODY, 1 << 13, "-"));
	processes_free(all);
}

static void test_forks(void)
{
	struct processes *all = processes_new();

	map_at(all, NOBODY, 0x1000, 10, "/bin/parent");
	processes_forked(all, NOBODY, NOBODY + 1, 20);
	check_true("a child has what its parent has", holds(all, NOBODY + 1, 0x1000, "/bin/parent"));
	processes_executed(all, NOBODY + 2, 30);
	map_at(all, NOBODY + 2, 0x2000, 31, "/bin/child");
	processes_forked(all, NOBODY, NOBODY + 2, 25);
	check_true("a fork told after the program it ran",
		   holds(all, NOBODY + 2, 0x2000, "/bin/child") && holds(all, NOBODY + 2, 0x1000, "-"));
	processes_ended(all, NOBODY + 2);
	check_true("one that is gone is still known", holds(all, NOBODY + 2, 0x2000, "/bin/child"));
	processes_forked(all, NOBODY, NOBODY + 2, 50);
	check_true("a number that is given again",
		   holds(all, NOBODY + 2, 0x1000, "/bin/parent") && holds(all, NOBODY + 2, 0x2000, "-"));
	processes_free(all);
}

static void test_forgetting(void)
{
	struct processes *all = processes_new();
	bool known = true;

	map_at(all, NOBODY, 0x1000, 10, "/bin/parent");
	for (uint32_t i = 1; i <= 5000; i++) {
		processes_forked(all, NOBODY, NOBODY + i, 10 + i);
		processes_ended(all, NOBODY + i);
	}
	for (uint32_t i = 4000; i <= 5000; i++)
		known &= holds(all, NOBODY + i, 0x1000, "/bin/parent");
	check_true("the last ones that ended are known, the first ones forgotten",
		   known && holds(all, NOBODY + 1, 0x1000, "-") && holds(all, NOBODY, 0x1000, "/bin/parent"));
	processes_free(all);
}

static void test_here(void)
{
	struct processes *all = processes_new();
	uint64_t here = (uint64_t)(uintptr_t)&test_here;
	int turns = 0;

	while (processes_read_some(all))
		turns++;
	check_true("this process is read from /proc", strstr(path_at(all, (uint32_t)getpid(), here), "loader-tests"));
	check_true("reading all of them ends", turns > 0 && !processes_read_some(all));
	processes_free(all);
}

/* The kernel's word for a process that is gone before anybody looks. */
static void test_watch(void)
{
	struct process_watch *watch = process_watch_new((int)sysconf(_SC_NPROCESSORS_CONF));
	struct processes *all = processes_new();
	uint64_t here = (uint64_t)(uintptr_t)&test_watch;
	pid_t child;

	if (!watch) {
		skip_test("events of processes", "the kernel does not let us hear them");
		processes_free(all);
		return;
	}
	child = fork();
	if (!child)
		_exit(0);
	waitpid(child, NULL, 0);
	process_watch_take(watch, all);
	check_true("a child that is gone", strstr(path_at(all, (uint32_t)child, here), "loader-tests"));
	child = fork();
	if (!child) {
		execl("/bin/true", "true", NULL);
		_exit(1);
	}
	waitpid(child, NULL, 0);
	process_watch_take(watch, all);
	check_true("the program it ran", processes_find(all, (uint32_t)child)->count > 0 &&
						 holds(all, (uint32_t)child, here, "-"));
	process_watch_free(watch);
	processes_free(all);
}

void test_processes(void)
{
	test_order();
	test_bounds();
	test_forks();
	test_forgetting();
	test_here();
	test_watch();
}
