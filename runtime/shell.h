#ifndef TSBT_SHELL_H
#define TSBT_SHELL_H

#include <stdbool.h>

#include "text.h"

/*
 * Runs `command` by /bin/sh and waits for its end; appends what it writes to its standard output. `status` is how it ended,
 * as waitpid(2) tells it. False, with errno: it could not be started.
 */
bool shell_output(const char *command, struct text *printed, int *status);

#endif
