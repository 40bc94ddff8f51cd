/*
 * unwound KIND [MS]: outer -> middle -> inner -> getppid(2), of functions without frame pointers, which differ in how
 * their frames are left. KIND says what lies between middle and inner:
 *   plain    nothing                          alloca   a function whose frame has no size known beforehand
 *   large    one with 100,000 bytes of locals jit      code made at run time, with a frame pointer
 *   signal   a signal's handler               altstack a handler on a stack of its own
 * With MS, this program is executed anew, and calls that many milliseconds after.
 */
#include <alloca.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

volatile int sink;
static void (*between)(void);

/* What follows a call keeps it one: the frame stays while it runs. */
static void inner(void)
{
	sink += getppid() < 0;
}

static void with_alloca(void)
{
	char *bytes = alloca((size_t)sink + 64);

	memset(bytes, sink, 64);
	inner();
	sink += bytes[sink];
}

static void with_large(void)
{
	char bytes[100000];

	memset(bytes, sink, sizeof(bytes));
	inner();
	sink += bytes[sink];
}

static void with_jit(void)
{
	/* push %rbp; mov %rsp,%rbp; call *%rdi; pop %rbp; ret */
	static const unsigned char code[] = { 0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3 };
	void *made = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void (*call)(void (*)(void));

	if (made == MAP_FAILED)
		exit(1);
	memcpy(made, code, sizeof(code));
	memcpy(&call, &made, sizeof(call));
	/* Whoever looks for code does so now and then. */
	usleep(1500000);
	call(inner);
	sink++;
}

static void handler(int signal)
{
	sink += signal < 0;
	inner();
	sink++;
}

static void with_signal(void)
{
	signal(SIGUSR1, handler);
	raise(SIGUSR1);
	sink++;
}

static void with_altstack(void)
{
	static char stack[65536];
	stack_t other = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_ONSTACK };

	if (sigaltstack(&other, NULL) || sigaction(SIGUSR1, &action, NULL))
		exit(1);
	raise(SIGUSR1);
	sink++;
}

static void middle(void)
{
	between();
	sink++;
}

static void outer(void)
{
	middle();
	sink++;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*function)(void);
	} kinds[] = {
		{ "plain", inner },	  { "alloca", with_alloca }, { "large", with_large },
		{ "jit", with_jit },	  { "signal", with_signal }, { "altstack", with_altstack },
	};

	if (argc == 3) {
		execl(argv[0], argv[0], argv[1], argv[2], "again", NULL);
		return 1;
	}
	if (argc == 4)
		usleep(1000 * (useconds_t)atoi(argv[2]));
	for (size_t i = 0; argc > 1 && i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(argv[1], kinds[i].name))
			between = kinds[i].function;
	if (!between)
		return 2;
	outer();
	return 0;
}
