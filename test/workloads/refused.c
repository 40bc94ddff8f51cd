/*
 * Three functions, one of which the kernel does not probe: uprobes refuse an instruction that only the kernel may use.
 * A static probe, refused:both, has one place in the first function and another at that instruction.
 */
#include <time.h>

#include "usdt.h"

int counter;

__attribute__((noinline)) void first_place(void)
{
	counter++;
	USDT("refused", "both", "");
	__asm__ volatile("");
}

__attribute__((noinline)) void last_place(void)
{
	counter += 2;
	__asm__ volatile("");
}

/* Never called. */
void halting_place(void);
#if defined(__x86_64__)
__asm__(".globl halting_place\n.type halting_place, @function\nhalting_place:\n"
	USDT_NOTE_AT("hlt", "refused", "both", "0", "") "\tret\n.size halting_place, . - halting_place\n");
#endif

/* Runs until it is killed: the kernel looks at a probed instruction when somebody has the file mapped. */
int main(void)
{
	const struct timespec pause = { .tv_nsec = 10000000 };

	for (;;) {
		first_place();
		last_place();
		nanosleep(&pause, NULL);
	}
}
