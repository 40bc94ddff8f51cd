/* Where everything a script prints goes: one buffer in front of standard output or the file of -o. */
#ifndef TSBT_OUTPUT_H
#define TSBT_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"
#include "text.h"

struct place;

struct output {
	int fd;
	enum output_format format;
	/* -f folded: text, but for folded stacks, goes to standard error, so that only they are in a pipe. */
	bool folded;
	enum buffer_mode buffer;
	struct text text;
	bool broken; /* nothing more can be written */
	bool failed; /* and that is an error: a disk is full; a reader who has seen enough is none */
	bool captured;
	struct text waiting; /* what was there before the capture */
};

/* Opens the file of -o; reports and returns false if it cannot. */
bool output_open(struct output *output, const struct options *options);
/* Call after adding to `output->text`: writes it if the mode or the amount says so. */
void output_written(struct output *output);
void output_flush(struct output *output);
/* From here on nothing is written; what is printed gathers until output_captured() gives it back. */
void output_capture(struct output *output, enum output_format format);
struct text output_captured(struct output *output, enum output_format format);
/* Writes to standard error what belongs to the script's output, in order with it; captured like it. */
void output_aside(struct output *output, const char *text, size_t length);
/* Folded stacks, which alone go to standard output or the file of -o. */
void output_folded(struct output *output, const struct text *lines);
void output_close(struct output *output);

/* errorf and its kin as JSON: {"type", "msg", "filename", "line", "col"}. */
void output_complaint(struct output *output, const char *type, const char *text, size_t length,
		      const struct place *place);
/* The last three of these, and the end of the line. */
void output_place(struct output *output, const struct place *place);

/* One JSON line {"type": type, "data": "text"}; in text format just the text. */
void output_message(struct output *output, const char *type, const char *text, size_t length);

#endif
