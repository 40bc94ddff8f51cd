/*
 * packed ARCHIVE: calls its function `add` with (1, 10) and (2, 10), not in the program itself but where its code lies in an
 * archive that holds this program, as a loader of libraries in archives would: mapped, and found by the words behind it (a
 * probe changes the code).
 */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int add(int a, int b);
extern const char words[], words_end[];

/* By hand: what it is made of stays together. */
__asm__(".text\n"
	".balign 16\n"
	".globl add\n"
	".type add, %function\n"
	"add:\n"
#ifdef __aarch64__
	"add w0, w0, w1\n"
#else
	"leal (%rdi,%rsi), %eax\n"
#endif
	"ret\n"
	".size add, . - add\n"
	"words: .ascii \"packed here\"\n"
	"words_end:\n");

int main(int argc, char **argv)
{
	int fd = argc > 1 ? open(argv[1], O_RDONLY) : -1;
	int (*function)(int, int);
	const unsigned char *start, *found;
	struct stat status;
	unsigned char *at;

	if (fd < 0 || fstat(fd, &status))
		return 1;
	start = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	if (start == MAP_FAILED)
		return 1;
	found = memmem(start, (size_t)status.st_size, words, (size_t)(words_end - words));
	if (!found)
		return 2;
	at = (unsigned char *)(uintptr_t)found - ((uintptr_t)words - (uintptr_t)add);
	memcpy(&function, &at, sizeof(function));
	return function(1, 10) + function(2, 10) == 23 ? 0 : 3;
}
