/* opener PATH N: opens PATH N times with openat(2), then exits with 0 if all succeeded, else 3. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
  if (argc != 3) {
    fprintf(stderr, "usage: opener PATH N\n");
    return 2;
  }
  int failed = 0;
  for (int i = 0; i < atoi(argv[2]); i++) {
    int fd = openat(AT_FDCWD, argv[1], O_RDONLY);
    if (fd < 0)
      failed = 1;
    else
      close(fd);
  }
  return failed ? 3 : 0;
}
