/* spinner MS: burns CPU for MS milliseconds of its own CPU time, touching fresh pages on the way. */
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

static volatile unsigned long work;

int main(int argc, char **argv)
{
  long ms = argc > 1 ? atol(argv[1]) : 100;
  struct timespec now;
  do {
    for (int i = 0; i < 10000; i++)
      work += (unsigned long)i;
    volatile char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page != MAP_FAILED) {
      page[0] = 1;
      munmap((void *)page, 4096);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  } while (now.tv_sec * 1000 + now.tv_nsec / 1000000 < ms);
  return 0;
}
