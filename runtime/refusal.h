/* What to say when the verifier refuses a program. */
#ifndef TSBT_REFUSAL_H
#define TSBT_REFUSAL_H

struct manifest;

/* Tells why; `log` is the verifier's, and is changed. `manifest` knows where the script calls some helpers. */
void explain_refusal(const struct manifest *manifest, const char *program, char *log);

/* EPERM, of `what` the kernel was asked to do with `name`: who may, or why nobody may. */
void explain_permission(const char *what, const char *name);

#endif
