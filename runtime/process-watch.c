#include "process-watch.h"

#include <linux/perf_event.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "attach.h"
#include "processes.h"
#include "text.h"

/* Pages of a CPU's buffer, a power of two: some five hundred mappings. */
#define PAGES 16

struct cpu_buffer {
	int event;
	struct perf_event_mmap_page *head; /* the buffer's pages come behind */
};

/* Copied out of a buffer: it may wrap in the middle of one. */
struct record {
	uint64_t at;
	struct perf_event_header *header;
};

struct process_watch {
	struct cpu_buffer *cpus;
	size_t count;
	int epoll_fd;
	size_t page;
	struct record *records;
	size_t record_count, record_room;
};

/* Each record ends with who did it, and when (perf_event_open(2), sample_id_all). */
struct sample_id {
	uint32_t pid, tid;
	uint64_t time;
};

struct mmap2_body {
	uint32_t pid, tid;
	uint64_t address, length, offset;
	uint8_t file[24]; /* device and inode, or a build ID */
	uint32_t protection, flags;
	char name[];
};

struct task_body {
	uint32_t pid, parent, tid, parent_tid;
	uint64_t time;
};

static bool watch_cpu(struct process_watch *watch, int cpu)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME,
		.sample_id_all = 1,
		.mmap = 1,
		.mmap2 = 1,
		.comm = 1,
		.comm_exec = 1,
		.task = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
		.watermark = 1,
		.wakeup_watermark = (uint32_t)(PAGES * watch->page / 4),
	};
	struct epoll_event interest = { .events = EPOLLIN };
	int event = perf_open(&attr, -1, cpu);
	void *memory;

	if (event < 0)
		return false;
	memory = mmap(NULL, (PAGES + 1) * watch->page, PROT_READ | PROT_WRITE, MAP_SHARED, event, 0);
	if (memory == MAP_FAILED || epoll_ctl(watch->epoll_fd, EPOLL_CTL_ADD, event, &interest)) {
		if (memory != MAP_FAILED)
			munmap(memory, (PAGES + 1) * watch->page);
		close(event);
		return false;
	}
	watch->cpus[watch->count++] = (struct cpu_buffer){ event, memory };
	return true;
}

struct process_watch *process_watch_new(int cpus)
{
	struct process_watch *watch = allocate_zeroed(1, sizeof(*watch));

	watch->page = (size_t)sysconf(_SC_PAGESIZE);
	watch->cpus = allocate_zeroed((size_t)cpus, sizeof(*watch->cpus));
	watch->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	/* CPUs that are possible, but off, have no events. */
	for (int cpu = 0; cpu < cpus && watch->epoll_fd >= 0; cpu++)
		watch_cpu(watch, cpu);
	if (watch->count)
		return watch;
	process_watch_free(watch);
	return NULL;
}

void process_watch_free(struct process_watch *watch)
{
	if (!watch)
		return;
	for (size_t i = 0; i < watch->count; i++) {
		munmap(watch->cpus[i].head, (PAGES + 1) * watch->page);
		close(watch->cpus[i].event);
	}
	if (watch->epoll_fd >= 0)
		close(watch->epoll_fd);
	free(watch->cpus);
	free(watch->records);
	free(watch);
}

int process_watch_fd(const struct process_watch *watch)
{
	return watch->epoll_fd;
}

static void copy_out(const struct process_watch *watch, const struct cpu_buffer *cpu, uint64_t from, void *to,
		     size_t length)
{
	const uint8_t *data = (const uint8_t *)cpu->head + watch->page;
	size_t size = PAGES * watch->page, at = from % size, first = size - at < length ? size - at : length;

	memcpy(to, data + at, first);
	memcpy((uint8_t *)to + first, data, length - first);
}

static void keep_record(struct process_watch *watch, struct perf_event_header *header)
{
	const struct sample_id *id = (const void *)((const uint8_t *)header + header->size - sizeof(*id));

	if (watch->record_count == watch->record_room) {
		watch->record_room = watch->record_room ? watch->record_room * 2 : 64;
		watch->records = reallocate(watch->records, watch->record_room * sizeof(*watch->records));
	}
	watch->records[watch->record_count++] = (struct record){ id->time, header };
}

static void take_cpu(struct process_watch *watch, const struct cpu_buffer *cpu)
{
	uint64_t head = __atomic_load_n(&cpu->head->data_head, __ATOMIC_ACQUIRE), tail = cpu->head->data_tail;

	while (tail < head) {
		struct perf_event_header header, *whole;

		copy_out(watch, cpu, tail, &header, sizeof(header));
		if (header.size < sizeof(header))
			break;
		if (header.size >= sizeof(header) + sizeof(struct sample_id)) {
			whole = allocate(header.size);
			copy_out(watch, cpu, tail, whole, header.size);
			keep_record(watch, whole);
		}
		tail += header.size;
	}
	__atomic_store_n(&cpu->head->data_tail, head, __ATOMIC_RELEASE);
}

static int by_time(const void *left, const void *right)
{
	uint64_t one = ((const struct record *)left)->at, other = ((const struct record *)right)->at;

	return one < other ? -1 : one > other;
}

static void enter(struct processes *processes, const struct record *record)
{
	const void *body = record->header + 1;

	switch (record->header->type) {
	case PERF_RECORD_MMAP2: {
		const struct mmap2_body *mapped = body;
		struct mapping mapping = {
			.start = mapped->address, .end = mapped->address + mapped->length, .offset = mapped->offset,
			.since = record->at,
		};

		processes_mapped(processes, mapped->pid, &mapping, mapped->name);
		break;
	}
	case PERF_RECORD_COMM:
		if (record->header->misc & PERF_RECORD_MISC_COMM_EXEC)
			processes_executed(processes, *(const uint32_t *)body, record->at);
		break;
	case PERF_RECORD_FORK: {
		const struct task_body *task = body;

		processes_forked(processes, task->parent, task->pid, record->at);
		break;
	}
	case PERF_RECORD_EXIT: {
		const struct task_body *task = body;

		if (task->pid == task->tid)
			processes_ended(processes, task->pid);
		break;
	}
	default:
		break;
	}
}

void process_watch_take(struct process_watch *watch, struct processes *processes)
{
	for (size_t i = 0; i < watch->count; i++)
		take_cpu(watch, &watch->cpus[i]);
	if (watch->record_count)
		qsort(watch->records, watch->record_count, sizeof(*watch->records), by_time);
	for (size_t i = 0; i < watch->record_count; i++) {
		enter(processes, &watch->records[i]);
		free(watch->records[i].header);
	}
	watch->record_count = 0;
}
