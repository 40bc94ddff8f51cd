#include "regular-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int open_regular(const char *path, bool follow)
{
	/* A place only: opening a pipe would wait, and a device might do something. */
	int place = open(path, O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW)), fd = -1, error;
	struct stat status;
	char opened[32];

	if (place < 0)
		return -1;
	if (fstat(place, &status)) {
		error = errno;
	} else if (!S_ISREG(status.st_mode)) {
		error = EINVAL;
	} else {
		snprintf(opened, sizeof(opened), "/proc/self/fd/%d", place);
		fd = open(opened, O_RDONLY | O_CLOEXEC);
		error = errno;
	}
	close(place);
	errno = error;
	return fd;
}
