/* Files that others choose: traced programs, and what they leave for tracers. */
#ifndef TSBT_REGULAR_FILE_H
#define TSBT_REGULAR_FILE_H

#include <stdbool.h>

/*
 * Opens a file for reading, if it is one: a pipe or device of that name is left alone, and never waited for. `follow`:
 * through a symbolic link too. -1 with errno; EINVAL: it is something else.
 */
int open_regular(const char *path, bool follow);

#endif
