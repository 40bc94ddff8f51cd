#include <arpa/inet.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "symbols-kernel.h"
#include "symbols-user.h"
#include "values-parts.h"

/* strftime, and three conversions of bpftrace's: %f microseconds, %k nanoseconds, %l milliseconds. */
void timestamp_text(struct values *values, const struct type *type, uint64_t ns, struct text *out)
{
	int64_t since_epoch, offset;
	struct text format = { 0 };
	char line[1024];
	struct tm local;
	time_t seconds;
	long rest;

	if (type->clock == CLOCK_NAME_BOOT)
		offset = values->boot_offset;
	else if (type->clock == CLOCK_NAME_MONOTONIC)
		offset = values->monotonic_offset;
	else
		offset = values->tai_offset;
	/* Any number may be formatted as a time: adding wraps around. */
	since_epoch = (int64_t)(ns + (uint64_t)offset);
	seconds = since_epoch / NS_PER_S;
	rest = (long)(since_epoch % NS_PER_S);
	if (rest < 0) {
		rest += NS_PER_S;
		seconds--;
	}
	if (!seconds || !localtime_r(&seconds, &local)) {
		text_string(out, "(?)");
		return;
	}
	for (const char *at = type->format; *at; at++) {
		if (at[0] == '%' && at[1] == 'f')
			text_format(&format, "%06ld", rest / 1000);
		else if (at[0] == '%' && at[1] == 'k')
			text_format(&format, "%09ld", rest);
		else if (at[0] == '%' && at[1] == 'l')
			text_format(&format, "%03ld", rest / 1000000);
		else if (at[0] == '%' && at[1])
			text_append(&format, at, 2);
		else {
			text_char(&format, *at);
			continue;
		}
		at++;
	}
	text_append(out, line, strftime(line, sizeof(line), text_cstring(&format), &local));
	text_free(&format);
}

void inet_text(const uint8_t *bytes, struct text *out)
{
	char address[INET6_ADDRSTRLEN];
	uint64_t family = values_load(bytes, 4);

	if ((family == AF_INET || family == AF_INET6) && inet_ntop((int)family, bytes + 4, address, sizeof(address)))
		text_string(out, address);
}

static void frame_text(struct values *values, const struct type *type, uint64_t address, uint32_t tgid,
		       const char *binary, struct text *out)
{
	bool perf = type->mode == STACK_PERF;

	if (type->mode == STACK_RAW) {
		text_format(out, "%" PRIx64 "\n", address);
		return;
	}
	if (type->kind == TYPE_USTACK) {
		user_symbols_frame(values->user, address, tgid, binary, perf ? FRAME_PERF : FRAME_BPFTRACE, out);
		return;
	}
	if (perf)
		text_format(out, "\t%" PRIx64 " ", address);
	else
		text_fill(out, ' ', 8);
	kernel_symbols_text(values->kernel, address, true, out);
	text_char(out, '\n');
}

/* The binary of a `uprobe:path:symbol` probe, for processes that are gone. */
static const char *probed_binary(struct values *values, uint32_t program)
{
	const struct manifest_program *found;

	if (program >= values->manifest->program_count)
		return NULL;
	found = &values->manifest->programs[program];
	return found->attach_count == 1 && found->attach[0].kind == ATTACH_UPROBE ? found->attach[0].path : NULL;
}

/* The binary of the uprobe that sits at this address, whose low bits loading does not change. */
const char *probed_at(struct values *values, uint64_t address)
{
	for (size_t i = 0; i < values->manifest->program_count; i++) {
		const struct manifest_program *program = &values->manifest->programs[i];

		for (size_t k = 0; k < program->attach_count; k++)
			if (program->attach[k].kind == ATTACH_UPROBE &&
			    (program->attach[k].offsets[0] & 4095) == (address & 4095))
				return program->attach[k].path;
	}
	return NULL;
}

/* The topmost frame of an entry probe is the probed place itself. */
static void assume_mapping(struct values *values, uint32_t program, uint32_t tgid, uint64_t address)
{
	const struct manifest_program *found;

	if (program >= values->manifest->program_count)
		return;
	found = &values->manifest->programs[program];
	for (size_t i = 0; i < found->attach_count; i++) {
		const struct manifest_attach *attach = &found->attach[i];

		if (attach->kind != ATTACH_UPROBE || attach->is_return)
			continue;
		for (size_t k = 0; k < attach->target_count; k++)
			if ((attach->offsets[k] & 4095) == (address & 4095)) {
				user_symbols_assume(values->user, tgid, attach->path, attach->offsets[k], address);
				return;
			}
	}
}

/* Where a file holds the code, so that whoever has the file's symbols can name it: bpftrace's form, without indent. */
static void build_id_text(const struct bpf_stack_build_id *frame, struct text *out)
{
	if (frame->status != BPF_STACK_BUILD_ID_VALID) {
		text_format(out, "%llx\n", frame->ip);
		return;
	}
	for (size_t i = 0; i < BPF_BUILD_ID_SIZE; i++)
		text_format(out, "%02x", frame->build_id[i]);
	text_format(out, " 0x%02llx\n", frame->offset);
}

void stack_text(struct values *values, const struct type *type, const uint8_t *bytes, struct text *out)
{
	bool user = type->kind == TYPE_USTACK, by_file = type->mode == STACK_BUILD_ID;
	uint32_t tgid = user ? (uint32_t)values_load(bytes + 8, 4) : 0;
	const char *binary = user ? probed_binary(values, (uint32_t)values_load(bytes + 12, 4)) : NULL;
	size_t frame_size = by_file ? sizeof(struct bpf_stack_build_id) : sizeof(uint64_t);
	uint64_t *frames = allocate_zeroed(type->depth, frame_size);
	size_t count = 0;

	if (values->read_stack)
		count = values->read_stack(values->object, type->map, values_load(bytes, 8), frames, frame_size, type->depth);
	text_char(out, '\n');
	if (user && count && type->mode < STACK_RAW && values->user)
		assume_mapping(values, (uint32_t)values_load(bytes + 12, 4), tgid, frames[0]);
	for (size_t i = 0; i < count; i++)
		if (by_file)
			build_id_text((const struct bpf_stack_build_id *)frames + i, out);
		else
			frame_text(values, type, frames[i], tgid, binary, out);
	free(frames);
}
