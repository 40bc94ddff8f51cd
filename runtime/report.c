#include "report.h"

#include <stdarg.h>
#include <stdio.h>

static int verbosity;
static bool warnings = true;

void report_settings(int verbose, bool show_warnings)
{
	verbosity = verbose;
	warnings = show_warnings;
}

int report_verbosity(void)
{
	return verbosity;
}

bool report_warnings(void)
{
	return warnings;
}

void report_error(const char *code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("ERROR: ", stderr);
	vfprintf(stderr, format, args);
	fprintf(stderr, "\nCODE: %s\n", code);
	va_end(args);
}

void report_warning(const char *format, ...)
{
	va_list args;

	if (!warnings)
		return;
	va_start(args, format);
	fputs("WARNING: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

void report_hint(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("HINT: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

void report_verbose(const char *format, ...)
{
	va_list args;

	if (verbosity < 1)
		return;
	va_start(args, format);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}
