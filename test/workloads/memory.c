/*
 * memory WORD...: does the following, in order:
 *   leak   allocates 5000 bytes in leaking() every 10 ms, without end, frees none
 *   shm    System V shared memory of 8192 bytes: gets, attaches, detaches and removes it
 *   map    maps itself, read-only and shared
 *   brk    moves the end of the heap by 1 MiB in growing(), 5 times
 *   touch  touches 50 fresh pages in touching()
 *   huge   touches 8 MiB that huge pages may back
 *   hog    writes 64 MiB, then writes them again
 *   wait   sleeps for 1.5 seconds
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <time.h>
#include <unistd.h>

volatile void *sink;

void leaking(void)
{
  for (;;) {
    sink = malloc(5000);
    nanosleep(&(struct timespec){0, 10000000}, NULL);
  }
}

static void shared(void)
{
  int id = shmget(IPC_PRIVATE, 8192, IPC_CREAT | 0600);
  void *at = shmat(id, NULL, 0);
  shmdt(at);
  shmctl(id, IPC_RMID, NULL);
}

static void map(const char *path)
{
  int fd = open(path, O_RDONLY);
  if (mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 4096) == MAP_FAILED)
    exit(3);
  close(fd);
}

void growing(void)
{
  for (int i = 0; i < 5; i++)
    sink = sbrk(1 << 20);
}

void touching(void)
{
  char *pages = mmap(NULL, 50 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  madvise(pages, 50 * 4096, MADV_NOHUGEPAGE);
  for (int i = 0; i < 50; i++)
    pages[i * 4096] = 1;
}

static void huge(void)
{
  char *pages = mmap(NULL, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  madvise(pages, 8 << 20, MADV_HUGEPAGE);
  memset(pages, 1, 8 << 20);
}

static void hog(void)
{
  char *pages = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(pages, 1, 64 << 20);
  memset(pages, 2, 64 << 20);
}

int main(int argc, char **argv)
{
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "leak"))
      leaking();
    else if (!strcmp(argv[i], "shm"))
      shared();
    else if (!strcmp(argv[i], "map"))
      map(argv[0]);
    else if (!strcmp(argv[i], "brk"))
      growing();
    else if (!strcmp(argv[i], "touch"))
      touching();
    else if (!strcmp(argv[i], "huge"))
      huge();
    else if (!strcmp(argv[i], "hog"))
      hog();
    else if (!strcmp(argv[i], "wait"))
      nanosleep(&(struct timespec){1, 500000000}, NULL);
    else {
      fprintf(stderr, "memory: unknown word %s\n", argv[i]);
      return 2;
    }
  }
  return 0;
}
