/* stacks [N [fork]]: outer -> middle -> (inlined) wrapper -> leaf, N times (once by default), each in a process of its own with `fork`. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usdt.h"

volatile int sink;

/* The static probe fires when the frame is built: before that no stack can be walked by frame pointers. */
static __attribute__((noinline)) void leaf(int value)
{
  /* A call, so that there is a frame. */
  sink += value + (getppid() < 0);
  USDT("stacks", "leaf", "-4@%0", "r"(value));
}
static inline __attribute__((always_inline)) void wrapper(int value)
{
  leaf(value + 1);
  sink++;
}
static __attribute__((noinline)) void middle(int value)
{
  wrapper(value);
  sink++;
}
static __attribute__((noinline)) void outer(int value)
{
  middle(value);
  sink++;
}

int main(int argc, char **argv)
{
  int n = argc > 1 ? atoi(argv[1]) : 1;

  for (int i = 0; i < n; i++) {
    if (argc > 2 && fork()) {
      wait(NULL);
      continue;
    }
    outer(i);
    if (argc > 2)
      return 0;
  }
  return 0;
}
