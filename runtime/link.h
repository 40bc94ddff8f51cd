/* libbpf's linker, for the compiler. */
#ifndef TSBT_LINK_H
#define TSBT_LINK_H

/* Makes one object of several. Returns the exit code; what is wrong is on standard error. */
int link_objects(const char *output, char **inputs);

#endif
