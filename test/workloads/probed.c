/*
 * probed [N]: fires its static probes N times (once by default), with arguments a test knows:
 *   demo:forms   arguments in every form that compilers for x86-64, or for arm64, use
 *   demo:twice   two places, the argument in a register (1) and in memory (2)
 *   demo:guarded only while its semaphore says somebody listens; the argument is the semaphore
 *   demo:ratio   a floating-point number
 *   other:name   no arguments
 */
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "usdt.h"

unsigned short demo_guarded_semaphore __attribute__((section(".probes"), used));
/* What instruction-relative operands name. */
int32_t demo_global = -77;
struct pair {
  int64_t first, second;
} demo_pairs[4] = {{10, 11}, {20, 21}, {30, 31}, {40, 41}};

#if defined(__x86_64__)
static __attribute__((noinline)) void forms(void)
{
  volatile int16_t small = -5;
  register uint64_t value __asm__("rdx") = 0xfffffffffffffe80;
  register struct pair *base __asm__("rcx") = demo_pairs;
  register int64_t index __asm__("rsi") = 1;

  USDT("demo", "forms",
       "-4@$-9 8@%%rdx -4@%%edx 2@%%dx -1@%%dl 1@%%dh -2@%[small] 8@8(%%rcx,%%rsi,8) 8@16(%%rcx) -4@demo_global(%%rip) "
       "8@demo_pairs+48(%%rip)",
       [small] "m"(small), "r"(value), "r"(base), "r"(index));
}
#elif defined(__aarch64__)
static __attribute__((noinline)) void forms(void)
{
  volatile int16_t small = -5;
  register uint64_t value __asm__("x2") = 0xfffffffffffffe80;
  register struct pair *base __asm__("x3") = demo_pairs;
  register int64_t index __asm__("x4") = 2;
  register int64_t offset __asm__("x5") = 16;

  USDT("demo", "forms", "-4@-9 8@x2 -4@w2 2@w2 -1@w2 -2@%[small] 8@[x3] 8@[x3, 16] 8@[x3, x5] 8@[x3, x4, lsl 3] 8@xzr 8@sp",
       [small] "m"(small), "r"(value), "r"(base), "r"(index), "r"(offset));
}
#else
static void forms(void) {}
#endif

static __attribute__((noinline)) void twice(int value)
{
  volatile int memory = value + 1;

  USDT("demo", "twice", "-4@%0", "r"(value));
  USDT("demo", "twice", "-4@%0", "m"(memory));
}

static __attribute__((noinline)) void guarded(void)
{
  volatile unsigned short *semaphore = &demo_guarded_semaphore;

  if (*semaphore)
    USDT_WITH("demo", "guarded", "demo_guarded_semaphore", "2@%0", "m"(*semaphore));
}

static __attribute__((noinline)) void ratio(void)
{
  double value = 0.5;

  USDT("demo", "ratio", "8f@%0", "x"(value));
}

int main(int argc, char **argv)
{
  int n = argc > 1 ? atoi(argv[1]) : 1;

  for (int i = 0; i < n; i++) {
    forms();
    twice(1);
    guarded();
    ratio();
    USDT("other", "name", "", "i"(0));
    if (n > 1)
      usleep(1000);
  }
  return 0;
}
