/* What to say when the verifier refuses a program. */
#ifndef TSBT_REFUSAL_H
#define TSBT_REFUSAL_H

/* Tells why; `log` is the verifier's, and is changed. */
void explain_refusal(const char *program, char *log);

/* EPERM, of `what` the kernel was asked to do with `name`: who may, or why nobody may. */
void explain_permission(const char *what, const char *name);

#endif
