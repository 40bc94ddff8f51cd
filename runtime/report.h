/* Messages to the user, on standard error. Codes are those of src/diag/codes.ts: 6xxx is running, 9xxx our bug. */
#ifndef TSBT_REPORT_H
#define TSBT_REPORT_H

#include <stdbool.h>
#include <stddef.h>

struct place;

/* "ERROR: text", and below it "CODE: TBnnnn" */
void report_error(const char *code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same, with its place in the script before it and the lines meant below. */
void report_error_at(const char *code, const struct place *place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* "WARNING: text" */
void report_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "HINT: text" */
void report_hint(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Only with -v. */
void report_verbose(const char *format, ...) __attribute__((format(printf, 1, 2)));

struct output;
struct text;

/*
 * A message of the script itself: "place: ERROR: text", and the lines of the script with `context`; the calls of macros
 * it was expanded from follow, each with its lines. What was printed before is flushed first.
 */
void report_at(struct output *output, bool is_error, const struct place *places, size_t place_count, bool context,
	       struct text *text);

void report_settings(int verbose, bool warnings);
int report_verbosity(void);
bool report_warnings(void);

#endif
