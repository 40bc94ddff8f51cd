#ifndef TSBT_ITERATE_H
#define TSBT_ITERATE_H

#include <stdbool.h>

struct loop;

/* Runs every iterator that is attached, once; reports and returns false if one cannot be read. */
bool iterate_all(struct loop *loop);

#endif
