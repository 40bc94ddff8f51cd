#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "codes.h"
#include "json.h"
#include "manifest.h"
#include "report.h"
#include "values.h"

#define BLOCK 65536

bool output_open(struct output *output, const struct options *options)
{
	output->fd = STDOUT_FILENO;
	output->format = options->format;
	output->folded = options->folded;
	output->buffer = options->buffer;
	if (*options->output) {
		output->fd = open(options->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (output->fd < 0) {
			report_error(CODE_OUTPUT, "failed to open output file '%s': %s", options->output, strerror(errno));
			return false;
		}
	}
	if (output->buffer == BUFFER_CHOOSE && isatty(output->fd))
		output->buffer = BUFFER_LINE;
	return true;
}

static void write_out(struct output *output, int fd, const struct text *text)
{
	size_t at = 0;

	while (at < text->length && !output->broken) {
		ssize_t wrote = write(fd, text->data + at, text->length - at);

		if (wrote > 0) {
			at += (size_t)wrote;
		} else if (errno == EAGAIN) {
			poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, -1);
		} else if (errno != EINTR) {
			output->broken = true;
			output->failed = errno != EPIPE;
			if (output->failed)
				report_error(CODE_OUTPUT, "cannot write output: %s", strerror(errno));
		}
	}
}

void output_flush(struct output *output)
{
	if (output->captured)
		return;
	write_out(output, output->folded ? STDERR_FILENO : output->fd, &output->text);
	text_clear(&output->text);
}

void output_folded(struct output *output, const struct text *lines)
{
	output_flush(output);
	write_out(output, output->fd, lines);
}

void output_written(struct output *output)
{
	bool line = output->buffer == BUFFER_LINE && output->text.length &&
		    memchr(output->text.data, '\n', output->text.length);

	if (line || output->buffer == BUFFER_NONE || output->text.length >= BLOCK)
		output_flush(output);
}

void output_message(struct output *output, const char *type, const char *text, size_t length)
{
	if (output->format == OUTPUT_TEXT) {
		text_append(&output->text, text, length);
	} else {
		text_format(&output->text, "{\"type\": \"%s\", \"data\": ", type);
		json_text(&output->text, text, length);
		text_string(&output->text, "}\n");
	}
	output_written(output);
}

void output_capture(struct output *output, enum output_format format)
{
	output->waiting = output->text;
	output->text = (struct text){ 0 };
	output->format = format;
	output->captured = true;
}

struct text output_captured(struct output *output, enum output_format format)
{
	struct text captured = output->text;

	output->text = output->waiting;
	output->waiting = (struct text){ 0 };
	output->format = format;
	output->captured = false;
	return captured;
}

void output_aside(struct output *output, const char *text, size_t length)
{
	if (output->captured) {
		text_append(&output->text, text, length);
		return;
	}
	output_flush(output);
	fwrite(text, 1, length, stderr);
}

void output_place(struct output *output, const struct place *place)
{
	text_string(&output->text, ", \"filename\": ");
	json_text(&output->text, place->file, strlen(place->file));
	text_format(&output->text, ", \"line\": %u, \"col\": %u}\n", place->line, place->column);
	output_written(output);
}

void output_complaint(struct output *output, const char *type, const char *text, size_t length,
		      const struct place *place)
{
	text_format(&output->text, "{\"type\": \"%s\", \"msg\": ", type);
	json_text(&output->text, text ? text : "", length);
	output_place(output, place);
}

void output_close(struct output *output)
{
	output_flush(output);
	/* Some file systems tell only now that there was no room. */
	if (output->fd > STDERR_FILENO && close(output->fd) && !output->broken) {
		output->failed = true;
		report_error(CODE_OUTPUT, "cannot write output: %s", strerror(errno));
	}
	text_free(&output->text);
}
