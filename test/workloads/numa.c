/*
 * Memory nodes, on a machine whose CPUs 0 and 1 belong to two of them.
 *   numa hop             runs on either CPU in turn, five times each
 *   numa away [SECONDS]  makes 8 MiB real on CPU 0 and goes on using them on CPU 1, for so long (6)
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static void run_on(int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus)) {
		perror("sched_setaffinity");
		exit(1);
	}
}

static void hop(void)
{
	for (int i = 0; i < 10; i++) {
		run_on(i % 2);
		usleep(10000);
	}
}

static void away(long seconds)
{
	size_t size = 8 << 20;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	time_t end = time(NULL) + seconds;

	if (memory == MAP_FAILED)
		exit(1);
	/* Page by page: the kernel tells of each that it moves. */
	madvise(memory, size, MADV_NOHUGEPAGE);
	run_on(0);
	memset(memory, 1, size);
	run_on(1);
	while (time(NULL) < end)
		for (size_t at = 0; at < size; at += 4096)
			memory[at]++;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "hop"))
		hop();
	else if (argc > 1 && !strcmp(argv[1], "away"))
		away(argc > 2 ? atol(argv[2]) : 6);
	else
		return 2;
	return 0;
}
