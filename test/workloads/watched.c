/*
 * watched [ROUNDS [thread]]: in a page at 0x10000000, ten times or ROUNDS times (0: for ever), with 10 ms between: writes the
 * word at its beginning, reads the one at 64, and calls the function that it keeps at 128. A call of getppid(2) ends each
 * round. With `thread`, another thread does it.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define ADDRESS 0x10000000
#define READ_AT 64
#define CODE_AT 128

/* The instruction `ret`. */
#ifdef __aarch64__
static const unsigned char return_at_once[] = { 0xc0, 0x03, 0x5f, 0xd6 };
#else
static const unsigned char return_at_once[] = { 0xc3 };
#endif

static unsigned char *page;
static unsigned long rounds = 10;

static void *work(void *nothing)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	volatile uint64_t *written = (uint64_t *)page, *read_only = (uint64_t *)(page + READ_AT);
	void (*function)(void);

	memcpy(&function, &(void *){ page + CODE_AT }, sizeof(function));
	for (uint64_t i = 1; !rounds || i <= rounds; i++) {
		*written = i;
		(void)*read_only;
		function();
		getppid();
		nanosleep(&pause, NULL);
	}
	return nothing;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	page = mmap((void *)(uintptr_t)ADDRESS, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (page == MAP_FAILED)
		return 1;
	memcpy(page + CODE_AT, return_at_once, sizeof(return_at_once));
	__builtin___clear_cache((char *)page + CODE_AT, (char *)page + CODE_AT + sizeof(return_at_once));
	if (argc > 1)
		rounds = strtoul(argv[1], NULL, 10);
	if (argc < 3)
		work(NULL);
	else if (pthread_create(&thread, NULL, work, NULL) || pthread_join(thread, NULL))
		return 1;
	return 0;
}
