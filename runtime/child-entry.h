/*
 * Holds the command of -c where its own code begins: the dynamic linker has mapped its libraries by then, and not an
 * instruction of them that may be traced has run. Done with ptrace(2); where that is not allowed, nothing is held.
 */
#ifndef TSBT_CHILD_ENTRY_H
#define TSBT_CHILD_ENTRY_H

#include <stdbool.h>
#include <sys/types.h>

/* Before the command is executed. */
bool entry_seize(pid_t pid);
/* Once it was: returns when the program is at its entry, or has ended before. */
void entry_reach(pid_t pid);
/* Lets it go on by itself. */
void entry_leave(pid_t pid);

#endif
