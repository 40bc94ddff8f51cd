/* What to say when the verifier refuses a program. */
#ifndef TSBT_REFUSAL_H
#define TSBT_REFUSAL_H

/* Tells why; `log` is the verifier's, and is changed. */
void explain_refusal(const char *program, char *log);

#endif
