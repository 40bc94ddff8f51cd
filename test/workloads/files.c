/*
 * File calls with a known behaviour: files MODE FOLDER [MS]. After all it sleeps for MS milliseconds.
 *   io    creates "tsbt-file" there, writes it three times 4096 bytes, syncs, reads it twice, maps it, asks about it
 *         and about one that is missing, and deletes it after 20 ms
 *   sync  the same with O_DSYNC
 *   cold  writes a file of 1 MiB and has the page cache forget it; touches the first page of a mapping of it, has it
 *         forgotten again, reads the first 64 KiB in 16 calls, and deletes it
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECK(call) \
	do { \
		if ((call) < 0) { \
			perror(#call); \
			exit(1); \
		} \
	} while (0)

static void io(int flags)
{
	char bytes[4096] = { 0 };
	struct stat status;
	volatile char *map;
	int fd = open("tsbt-file", O_CREAT | O_RDWR | O_TRUNC | flags, 0600);

	CHECK(fd);
	for (int i = 0; i < 3; i++)
		CHECK(write(fd, bytes, sizeof(bytes)));
	CHECK(fsync(fd));
	CHECK(lseek(fd, 0, SEEK_SET));
	for (int i = 0; i < 2; i++)
		CHECK(read(fd, bytes, sizeof(bytes)));
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		exit(1);
	(void)map[0];
	CHECK(stat("tsbt-file", &status));
	if (stat("tsbt-missing", &status) == 0 || errno != ENOENT)
		exit(1);
	if (open("tsbt-missing", O_RDONLY) >= 0)
		exit(1);
	close(fd);
	usleep(20000);
	CHECK(unlink("tsbt-file"));
}

static void forget(int fd)
{
	CHECK(fsync(fd));
	if (posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED))
		exit(1);
}

static void cold(void)
{
	static char bytes[1 << 20];
	volatile char *map;
	int fd = open("tsbt-file", O_CREAT | O_RDWR | O_TRUNC, 0600);

	CHECK(fd);
	CHECK(write(fd, bytes, sizeof(bytes)));
	forget(fd);
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		exit(1);
	(void)map[0];
	CHECK(munmap((void *)map, 4096));
	forget(fd);
	for (int i = 0; i < 16; i++)
		CHECK(read(fd, bytes, 4096));
	close(fd);
	CHECK(unlink("tsbt-file"));
}

int main(int argc, char **argv)
{
	if (argc < 3 || chdir(argv[2]))
		return 2;
	if (!strcmp(argv[1], "io"))
		io(0);
	else if (!strcmp(argv[1], "sync"))
		io(O_DSYNC);
	else if (!strcmp(argv[1], "cold"))
		cold();
	else
		return 2;
	if (argc > 3)
		usleep(1000 * atoi(argv[3]));
	return 0;
}
