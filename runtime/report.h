/* Messages to the user, on standard error. Codes are those of src/diag/codes.ts: 6xxx is running, 9xxx our bug. */
#ifndef TSBT_REPORT_H
#define TSBT_REPORT_H

#include <stdbool.h>

/* "ERROR: text", and below it "CODE: TBnnnn" */
void report_error(const char *code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "WARNING: text" */
void report_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "HINT: text" */
void report_hint(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Only with -v. */
void report_verbose(const char *format, ...) __attribute__((format(printf, 1, 2)));

void report_settings(int verbose, bool warnings);
int report_verbosity(void);
bool report_warnings(void);

#endif
