/* Writes a word at a fixed address ten times, every 10 ms; with an argument, for ever. */
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>

#define ADDRESS 0x10000000

int main(int argc, char **argv)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	volatile uint64_t *word = mmap((void *)(uintptr_t)ADDRESS, 4096, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	(void)argv;
	if (word == MAP_FAILED)
		return 1;
	for (uint64_t i = 0; argc > 1 || i < 10; i++) {
		*word = i;
		nanosleep(&pause, NULL);
	}
	return 0;
}
