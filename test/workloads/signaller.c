/*
 * signaller N: sends itself SIGUSR1 N times and SIGUSR2 once, both caught.
 * signaller others: sends itself SIGUSR1 by sigqueue(3), then SIGUSR2 by pidfd_send_signal(2).
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static void ignore(int number) { (void)number; }

int main(int argc, char **argv)
{
  prctl(PR_SET_NAME, "signaller");
  signal(SIGUSR1, ignore);
  signal(SIGUSR2, ignore);
  if (argc > 1 && !strcmp(argv[1], "others")) {
    int self = syscall(SYS_pidfd_open, getpid(), 0);
    return sigqueue(getpid(), SIGUSR1, (union sigval){0}) || syscall(SYS_pidfd_send_signal, self, SIGUSR2, NULL, 0);
  }
  int n = argc > 1 ? atoi(argv[1]) : 1;
  for (int i = 0; i < n; i++)
    kill(getpid(), SIGUSR1);
  kill(getpid(), SIGUSR2);
  return 0;
}
