/*
 * Mounts an empty tmpfs named "tsbt" on a folder, in a mount namespace of its own, and unmounts it again; with "new" as
 * second argument through the newer interface, step by step.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

static int mount_anew(const char *folder)
{
	int fs = fsopen("tmpfs", 0);

	if (fs < 0 || fsconfig(fs, FSCONFIG_SET_STRING, "source", "tsbt", 0) ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -1;
	int made = fsmount(fs, 0, MOUNT_ATTR_NOSUID);
	return made < 0 ? -1 : move_mount(made, "", AT_FDCWD, folder, MOVE_MOUNT_F_EMPTY_PATH);
}

int main(int argc, char **argv)
{
	int anew = argc > 2 && strcmp(argv[2], "new") == 0;

	if (argc < 2 || unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    (anew ? mount_anew(argv[1]) : mount("tsbt", argv[1], "tmpfs", MS_NOSUID | MS_NODEV, NULL)) ||
	    umount2(argv[1], MNT_DETACH)) {
		perror("mounter");
		return 1;
	}
	return 0;
}
