/* Names the system gives to numbers: users, control groups. */
#ifndef TSBT_LOOKUP_H
#define TSBT_LOOKUP_H

#include <stdint.h>

#include "text.h"

/* Name in /etc/passwd, nothing if there is none. (getpwuid would load the name service libraries.) */
void lookup_user(uint64_t uid, struct text *out);
/* "unified:/path,hierarchy:/path" of every mounted hierarchy whose name matches the glob; "" is any. */
void lookup_cgroup(uint64_t id, const char *controller, struct text *out);

#endif
