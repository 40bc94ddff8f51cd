/* syscalls NAME N: renames itself to NAME and calls getppid(2) N times. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
  if (argc != 3) {
    fprintf(stderr, "usage: syscalls NAME N\n");
    return 2;
  }
  prctl(PR_SET_NAME, argv[1]);
  long n = atol(argv[2]);
  for (long i = 0; i < n; i++)
    syscall(SYS_getppid);
  return 0;
}
