#include "packets.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codes.h"
#include "loader.h"
#include "report.h"

/*
 * The pcap file format (draft-ietf-opsawg-pcap): 32-bit words in the writer's byte order.
 *
 *   file:    magic, major | minor << 16 of the version, two words of zero, longest packet, link type
 *   packet:  seconds, microseconds, bytes kept, bytes there were; then the bytes kept
 */
#define PCAP_MAGIC 0xa1b2c3d4
#define PCAP_VERSION (2 | 4 << 16)
#define PCAP_LONGEST 65535
#define LINKTYPE_RAW 101 /* begins with an IPv4 or IPv6 header */

#define NS_PER_US 1000
#define NS_PER_S 1000000000

struct packet_file {
	const char *path;
	FILE *stream;
	bool failed; /* told once */
};

struct packets {
	struct loader *loader;
	struct perf_buffer *buffer;
	struct packet_file **of_event; /* NULL for other kinds of events */
	struct packet_file *files;
	size_t file_count;
};

static void cannot_write(struct packet_file *file)
{
	if (!file->failed)
		report_error(CODE_OUTPUT, "cannot write %s: %s", file->path, strerror(errno));
	file->failed = true;
}

static void put(struct packet_file *file, const void *bytes, size_t length)
{
	if (!file->failed && fwrite(bytes, 1, length, file->stream) != length)
		cannot_write(file);
}

static void write_packet(struct packet_file *file, int64_t since_epoch, const uint8_t *bytes, uint32_t length)
{
	uint32_t head[] = { (uint32_t)(since_epoch / NS_PER_S), (uint32_t)(since_epoch % NS_PER_S / NS_PER_US), length, length };

	put(file, head, sizeof(head));
	put(file, bytes, length);
}

/* A record as src/object/manifest.ts tells, then the packet. */
static void handle_sample(void *context, int cpu, void *data, uint32_t size)
{
	struct packets *packets = context;
	const struct manifest *manifest = packets->loader->manifest;
	const uint8_t *record = data;
	uint64_t id = size >= 4 ? values_load(record, 4) : UINT64_MAX;
	const struct manifest_event *event;
	uint64_t time, skip, length;

	(void)cpu;
	if (id >= manifest->event_count || !packets->of_event[id] || size < manifest->events[id].size) {
		report_error(CODE_OBJECT, "a packet does not fit the manifest");
		return;
	}
	event = &manifest->events[id];
	time = values_load(record + event->args[0].offset, 8);
	skip = values_load(record + event->args[1].offset, 8);
	length = values_load(record + event->args[2].offset, 8);
	/* The kernel's own count is rounded up. */
	size -= event->size;
	length = length < size ? length : size;
	if (skip < length)
		write_packet(packets->of_event[id], (int64_t)(time + (uint64_t)packets->loader->values.boot_offset),
			     record + event->size + skip, (uint32_t)(length - skip));
}

static void handle_lost(void *context, int cpu, __u64 count)
{
	struct packets *packets = context;

	(void)cpu;
	packets->loader->dropped += count;
}

static bool create(struct packet_file *file, const char *path)
{
	uint32_t head[] = { PCAP_MAGIC, PCAP_VERSION, 0, 0, PCAP_LONGEST, LINKTYPE_RAW };

	file->path = path;
	file->stream = fopen(path, "we");
	if (file->stream)
		put(file, head, sizeof(head));
	else
		cannot_write(file);
	return !file->failed;
}

/* Calls with the same path write to the same file. */
static bool create_files(struct packets *packets, const struct manifest *manifest)
{
	packets->files = allocate_zeroed(manifest->event_count, sizeof(*packets->files));
	packets->of_event = allocate_zeroed(manifest->event_count, sizeof(struct packet_file *));
	for (size_t i = 0; i < manifest->event_count; i++) {
		const struct manifest_event *event = &manifest->events[i];
		struct packet_file *file = packets->files;

		if (event->kind != EVENT_SKBOUTPUT)
			continue;
		while (file < packets->files + packets->file_count && strcmp(file->path, event->format))
			file++;
		packets->of_event[i] = file;
		if (file < packets->files + packets->file_count)
			continue;
		packets->file_count++;
		if (!create(file, event->format))
			return false;
	}
	return true;
}

struct packets *packets_open(struct loader *loader)
{
	const struct manifest *manifest = loader->manifest;
	struct packets *packets = allocate_zeroed(1, sizeof(*packets));
	size_t pages = 1;

	packets->loader = loader;
	while (pages < manifest->packet_pages)
		pages *= 2;
	if (create_files(packets, manifest)) {
		packets->buffer = perf_buffer__new(object_map_fd(loader, manifest->packets), pages, handle_sample,
						   handle_lost, packets, NULL);
		if (packets->buffer)
			return packets;
		report_error(CODE_KERNEL, "cannot map the packets' buffers: %s", strerror(errno));
	}
	packets_close(packets);
	return NULL;
}

int packets_fd(const struct packets *packets)
{
	return perf_buffer__epoll_fd(packets->buffer);
}

void packets_consume(struct packets *packets)
{
	perf_buffer__consume(packets->buffer);
	for (size_t i = 0; i < packets->file_count; i++)
		if (!packets->files[i].failed && fflush(packets->files[i].stream))
			cannot_write(&packets->files[i]);
}

void packets_close(struct packets *packets)
{
	if (!packets)
		return;
	perf_buffer__free(packets->buffer);
	for (size_t i = 0; i < packets->file_count; i++) {
		packets->loader->output.failed |= packets->files[i].failed;
		if (packets->files[i].stream)
			fclose(packets->files[i].stream);
	}
	free(packets->files);
	free(packets->of_event);
	free(packets);
}
