/* elfutils' libdw, opened when it is first needed: most runs never are in want of it, so it is not linked. */
#ifndef TSBT_LIBDW_H
#define TSBT_LIBDW_H

/* For dlsym(3); NULL: it is not installed. */
void *libdw_open(void);

#endif
