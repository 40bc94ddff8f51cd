/*
 * target [N]: calls its functions N times (once by default) with arguments and results a test knows:
 *   add(i, 10) for i = 0..N-1, greet(hello, 5), area(&{3, 4, "box"}), sum8(1..8), negate(7)
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct shape {
  int32_t width;
  uint16_t height;
  char name[16];
};

volatile long sink;

int add(int a, int b) { return a + b; }
size_t greet(const char *text, int times) { return strlen(text) * (size_t)times; }
/* Reads every member: a store that nobody reads would not be compiled. */
long area(const struct shape *shape)
{
  return (long)shape->width * shape->height * (shape->name[0] && shape->name[1] && shape->name[2] ? 1 : 2);
}
long sum8(long a, long b, long c, long d, long e, long f, long g, long h)
{
  return a + b + c + d + e + f + g + h;
}
int negate(int a) { return -a; }

int main(int argc, char **argv)
{
  int n = argc > 1 ? atoi(argv[1]) : 1;
  struct shape shape = {3, 4, "box"};
  /* On the stack: a tracer cannot fault in a page of constants that nobody has read yet. */
  char hello[] = "hello";
  for (int i = 0; i < n; i++) {
    sink += add(i, 10);
    sink += (long)greet(hello, 5);
    sink += area(&shape);
    sink += sum8(1, 2, 3, 4, 5, 6, 7, 8);
    sink += negate(7);
  }
  return 0;
}
