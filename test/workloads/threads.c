/* threads [SECONDS]: two threads take turns at one mutex, each holding it for 20 ms, for that long (1 by default). */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long seconds = 1;

void *working(void *nothing)
{
  for (long i = 0; i < seconds * 25; i++) {
    pthread_mutex_lock(&lock);
    nanosleep(&(struct timespec){0, 20000000}, NULL);
    pthread_mutex_unlock(&lock);
    /* Lets the other one have it. */
    nanosleep(&(struct timespec){0, 1000000}, NULL);
  }
  return nothing;
}

int main(int argc, char **argv)
{
  if (argc > 1)
    seconds = atol(argv[1]);
  pthread_t one, two;
  if (pthread_create(&one, NULL, working, NULL) || pthread_create(&two, NULL, working, NULL))
    return 3;
  pthread_join(one, NULL);
  pthread_join(two, NULL);
  return 0;
}
