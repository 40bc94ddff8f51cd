#include "report.h"

#include <stdarg.h>
#include <stdio.h>

#include "manifest.h"
#include "output.h"

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

void report_error_at(const char *code, const struct place *place, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: ERROR: ", place->text);
	va_start(args, format);
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n%sCODE: %s\n", place->context, code);
	va_end(args);
}

void report_at(struct output *output, bool is_error, const struct place *places, size_t place_count, bool context,
	       struct text *text)
{
	const char *kind = is_error ? "ERROR" : "WARNING";
	struct text lines = { 0 };

	if (text->length && text->data[text->length - 1] == '\n')
		text->length--;
	for (size_t i = 0; i < place_count; i++)
		text_format(&lines, "%s: %s: %s\n%s", places[i].text, kind, i ? "expanded from" : text_cstring(text),
			    i || context ? places[i].context : "");
	output_aside(output, lines.data, lines.length);
	text_free(&lines);
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
