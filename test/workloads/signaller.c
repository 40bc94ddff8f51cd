/* signaller N: sends itself SIGUSR1 N times and SIGUSR2 once, both caught. */
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

static void ignore(int number) { (void)number; }

int main(int argc, char **argv)
{
  prctl(PR_SET_NAME, "signaller");
  signal(SIGUSR1, ignore);
  signal(SIGUSR2, ignore);
  int n = argc > 1 ? atoi(argv[1]) : 1;
  for (int i = 0; i < n; i++)
    kill(getpid(), SIGUSR1);
  kill(getpid(), SIGUSR2);
  return 0;
}
