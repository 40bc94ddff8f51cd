/* Mounts an empty tmpfs named "tsbt" on a folder, in a mount namespace of its own, and unmounts it again. */
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>

int main(int argc, char **argv)
{
	if (argc < 2 || unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tsbt", argv[1], "tmpfs", MS_NOSUID | MS_NODEV, NULL) || umount2(argv[1], MNT_DETACH)) {
		perror("mounter");
		return 1;
	}
	return 0;
}
