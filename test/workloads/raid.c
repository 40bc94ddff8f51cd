/*
 * A software RAID without mdadm: `raid MD DISK DISK` makes a mirror of two disks (no metadata is written), writes one
 * block of it with fsync, and stops it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <linux/major.h>
#include <linux/raid/md_u.h>

#define CHECK(call) \
	do { \
		if ((call) < 0) { \
			perror(#call); \
			exit(1); \
		} \
	} while (0)

/* Asynchronous, in sync: include/uapi/linux/raid/md_p.h, MD_DISK_ACTIVE and MD_DISK_SYNC. */
#define IN_USE (1 << 1 | 1 << 2)

int main(int argc, char **argv)
{
	mdu_array_info_t array = { .level = 1, .raid_disks = 2, .nr_disks = 2, .not_persistent = 1, .state = 1 };
	char block[4096] = { 0 };
	struct stat status;
	int fd;

	if (argc != 4)
		return 2;
	if (access(argv[1], F_OK))
		CHECK(mknod(argv[1], S_IFBLK | 0600, makedev(MD_MAJOR, 0)));
	CHECK(fd = open(argv[1], O_RDWR));
	CHECK(stat(argv[2], &status));
	array.size = 4096;
	CHECK(ioctl(fd, SET_ARRAY_INFO, &array));
	for (int i = 0; i < 2; i++) {
		mdu_disk_info_t disk = { .number = i, .raid_disk = i, .state = IN_USE };

		CHECK(stat(argv[2 + i], &status));
		disk.major = major(status.st_rdev);
		disk.minor = minor(status.st_rdev);
		CHECK(ioctl(fd, ADD_NEW_DISK, &disk));
	}
	CHECK(ioctl(fd, RUN_ARRAY, NULL));
	CHECK(write(fd, block, sizeof(block)));
	CHECK(fsync(fd));
	CHECK(ioctl(fd, STOP_ARRAY, NULL));
	close(fd);
	return 0;
}
