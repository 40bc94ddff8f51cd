/*
 * pinned N: on one CPU, calls getppid(2) N times and prints how many nanoseconds each took. A tenth more calls come
 * before, so that caches and clocks have settled.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
  long n = argc > 1 ? atol(argv[1]) : 1000000;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(0, &one);
  if (sched_setaffinity(0, sizeof(one), &one)) {
    perror("sched_setaffinity");
    return 1;
  }
  for (long i = 0; i < n / 10; i++)
    syscall(SYS_getppid);
  double start = now();
  for (long i = 0; i < n; i++)
    syscall(SYS_getppid);
  printf("%.1f\n", (now() - start) / (double)n);
  return 0;
}
