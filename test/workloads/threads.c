/*
 * threads [SECONDS]: two threads take turns at one mutex, each holding it for 20 ms, for that long (1 by default).
 * threads write FILE: four threads write the first MiB of one file again and again: in the kernel they wait for its lock.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

static void *writing(void *file)
{
  static char bytes[1 << 20];
  int fd = *(int *)file;
  for (int i = 0; i < 60; i++)
    if (pwrite(fd, bytes, sizeof(bytes), 0) < 0)
      exit(4);
  return NULL;
}

static void write_together(const char *path)
{
  pthread_t threads[4];
  int fd = open(path, O_CREAT | O_WRONLY, 0600);
  for (int i = 0; i < 4; i++)
    if (pthread_create(&threads[i], NULL, writing, &fd))
      exit(3);
  for (int i = 0; i < 4; i++)
    pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
  if (argc > 2 && !strcmp(argv[1], "write")) {
    write_together(argv[2]);
    return 0;
  }
  if (argc > 1)
    seconds = atol(argv[1]);
  pthread_t one, two;
  if (pthread_create(&one, NULL, working, NULL) || pthread_create(&two, NULL, working, NULL))
    return 3;
  pthread_join(one, NULL);
  pthread_join(two, NULL);
  return 0;
}
