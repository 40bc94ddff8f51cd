/*
 * users WORD...: does the following, in order, begun as root:
 *   setuid  setresuid(-1, -1, -1), then becomes user 65534
 *   open    opens /etc/shadow for writing
 *   tty     prints "seen on a terminal" on a new pseudo terminal
 *   bash    types "echo typed" into a bash on a new pseudo terminal
 */
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int setuid_nobody(void)
{
  return setresuid(-1, -1, -1) || setuid(65534);
}

static void drain(int terminal)
{
  char text[256];
  while (read(terminal, text, sizeof text) > 0)
    ;
}

static int on_terminal(int shell)
{
  int terminal;
  pid_t child = forkpty(&terminal, NULL, NULL, NULL);
  if (child == 0) {
    if (shell)
      execl("/bin/bash", "bash", "--norc", "--noprofile", "-i", (char *)NULL);
    else
      _exit(write(1, "seen on a terminal\n", 19) != 19);
    _exit(127);
  }
  static const char line[] = "echo typed\nexit\n";
  if (shell && write(terminal, line, sizeof line - 1) < 0)
    return 1;
  drain(terminal);
  return waitpid(child, NULL, 0) != child;
}

int main(int argc, char **argv)
{
  int failed = 0;
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "setuid"))
      failed |= setuid_nobody();
    else if (!strcmp(argv[i], "open"))
      failed |= open("/etc/shadow", O_WRONLY) >= 0;
    else if (!strcmp(argv[i], "tty"))
      failed |= on_terminal(0);
    else if (!strcmp(argv[i], "bash"))
      failed |= on_terminal(1);
    else {
      fprintf(stderr, "users: unknown word %s\n", argv[i]);
      return 2;
    }
  }
  return failed ? 3 : 0;
}
