#include "processes.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "symbols-jit.h"
#include "text.h"

#define BUCKETS 1024
/* Processes that are gone and still known. Oldest are forgotten first: a busy machine makes a hundred a second. */
#define MOST_GONE 4096
/* Files of /proc read in one turn of the loop; each takes some 0.1 ms. */
#define READ_AT_ONCE 16
/* Of one process: nothing tells when code goes, and a compiler at run time makes ever more of it. */
#define MOST_MAPPINGS 4096

/* Paths, before those that nobody has mapped any more are looked for. */
#define LEAST_NAMES 4096

struct name {
	struct name *next;
	bool used; /* while unused ones are looked for */
	char text[];
};

struct gone {
	uint32_t tgid;
	uint64_t born;
};

struct processes {
	struct process *table[BUCKETS];
	struct name *names[BUCKETS]; /* paths, each once */
	size_t name_count, name_limit;
	struct gone gone[MOST_GONE]; /* a ring */
	size_t gone_count, gone_first;
	DIR *folder; /* /proc, while it is gone through */
	bool all_read;
};

struct processes *processes_new(void)
{
	struct processes *processes = allocate_zeroed(1, sizeof(*processes));

	processes->name_limit = LEAST_NAMES;
	return processes;
}

static void free_process(struct process *process)
{
	jit_map_free(process->jit);
	free(process->mappings);
	free(process);
}

void processes_free(struct processes *processes)
{
	if (!processes)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct process *each = processes->table[i], *next; each; each = next) {
			next = each->next;
			free_process(each);
		}
		for (struct name *each = processes->names[i], *next; each; each = next) {
			next = each->next;
			free(each);
		}
	}
	if (processes->folder)
		closedir(processes->folder);
	free(processes);
}

/* FNV-1a. */
static const char *keep_name(struct processes *processes, const char *text)
{
	uint32_t hash = 2166136261u;
	struct name **bucket, *made;
	size_t length = strlen(text);

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)text[i]) * 16777619u;
	bucket = &processes->names[hash % BUCKETS];
	for (struct name *each = *bucket; each; each = each->next)
		if (!strcmp(each->text, text))
			return each->text;
	made = allocate(sizeof(*made) + length + 1);
	memcpy(made->text, text, length + 1);
	made->next = *bucket;
	*bucket = made;
	processes->name_count++;
	return made->text;
}

/*
 * Compilers and the like map files of ever new names. Once there are twice as many as were in use, those that are not go:
 * a name costs no more than a few looks at it. Not while a mapping is being read that is in no table yet.
 */
static void forget_names(struct processes *processes)
{
	if (processes->name_count <= processes->name_limit)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		for (const struct process *process = processes->table[i]; process; process = process->next)
			for (size_t k = 0; k < process->count; k++) {
				const char *text = process->mappings[k].path;

				((struct name *)(uintptr_t)(text - offsetof(struct name, text)))->used = true;
			}
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct name **link = &processes->names[i], *each; (each = *link);) {
			if (each->used) {
				each->used = false;
				link = &each->next;
				continue;
			}
			*link = each->next;
			free(each);
			processes->name_count--;
		}
	processes->name_limit = processes->name_count * 2 > LEAST_NAMES ? processes->name_count * 2 : LEAST_NAMES;
}

size_t processes_path_count(const struct processes *processes)
{
	return processes->name_count;
}

static struct process **find_link(struct processes *processes, uint32_t tgid)
{
	struct process **link = &processes->table[tgid % BUCKETS];

	while (*link && (*link)->tgid != tgid)
		link = &(*link)->next;
	return link;
}

static struct process *add_process(struct processes *processes, uint32_t tgid)
{
	struct process **link = find_link(processes, tgid);

	if (!*link) {
		*link = allocate_zeroed(1, sizeof(**link));
		(*link)->tgid = tgid;
	}
	return *link;
}

static void remove_process(struct processes *processes, uint32_t tgid)
{
	struct process **link = find_link(processes, tgid), *found = *link;

	if (found) {
		*link = found->next;
		free_process(found);
	}
}

static void add_mapping(struct process *process, const struct mapping *mapping)
{
	if (process->count == process->room) {
		process->room = process->room ? process->room * 2 : 8;
		process->mappings = reallocate(process->mappings, process->room * sizeof(*process->mappings));
	}
	process->mappings[process->count++] = *mapping;
}

/* What the new mapping lies over is gone. At the limit the older half goes: /proc still tells what is left of it. */
static void make_way(struct process *process, const struct mapping *coming)
{
	size_t kept = 0;

	for (size_t i = 0; i < process->count; i++) {
		const struct mapping *old = &process->mappings[i];

		if (old->start < coming->start || old->end > coming->end || old->since > coming->since)
			process->mappings[kept++] = *old;
	}
	process->count = kept;
	if (process->count < MOST_MAPPINGS)
		return;
	process->count -= MOST_MAPPINGS / 2;
	memmove(process->mappings, process->mappings + MOST_MAPPINGS / 2, process->count * sizeof(*process->mappings));
}

/* Files and the kernel's library by their names, memory of no file by none. False: what the kernel runs itself. */
static bool name_mapping(struct processes *processes, struct mapping *mapping, const char *name)
{
	bool is_file = *name == '/' && strcmp(name, "//anon");

	if (*name == '[' && strcmp(name, VDSO))
		return false;
	mapping->path = keep_name(processes, is_file || *name == '[' ? name : "");
	return true;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void read_mappings(struct processes *processes, struct process *process)
{
	char path[64], line[4608], permissions[8], name[4097];
	uint64_t now = now_ns();
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/maps", process->tgid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		struct mapping mapping = { .since = now };

		*name = '\0';
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %*s %*s %4096[^\n]", &mapping.start,
			   &mapping.end, permissions, &mapping.offset, name) >= 4 &&
		    permissions[2] == 'x' && name_mapping(processes, &mapping, name))
			add_mapping(process, &mapping);
	}
	if (file)
		fclose(file);
}

struct process *processes_find(struct processes *processes, uint32_t tgid)
{
	struct process *process = *find_link(processes, tgid);

	if (!process) {
		process = add_process(processes, tgid);
		read_mappings(processes, process);
	}
	return process;
}

bool processes_refresh(struct processes *processes, struct process *process)
{
	struct process fresh = { .tgid = process->tgid };

	if (process->is_gone)
		return false;
	read_mappings(processes, &fresh);
	if (!fresh.count)
		return false;
	free(process->mappings);
	process->mappings = fresh.mappings;
	process->count = fresh.count;
	process->room = fresh.room;
	return true;
}

struct mapping *process_mapping(const struct process *process, uint64_t address)
{
	for (size_t i = process->count; i-- > 0;)
		if (address >= process->mappings[i].start && address < process->mappings[i].end)
			return &process->mappings[i];
	return NULL;
}

void processes_mapped(struct processes *processes, uint32_t tgid, const struct mapping *mapping, const char *path)
{
	struct mapping named = *mapping;
	struct process *process;

	forget_names(processes);
	/* What an older process has besides, only /proc tells. */
	process = *find_link(processes, tgid) ? *find_link(processes, tgid) : processes_find(processes, tgid);
	if (named.since < process->executed || !name_mapping(processes, &named, path))
		return;
	make_way(process, &named);
	add_mapping(process, &named);
}

/* A new program: what was mapped before is no more. */
void processes_executed(struct processes *processes, uint32_t tgid, uint64_t at)
{
	struct process *process = add_process(processes, tgid);
	size_t kept = 0;

	for (size_t i = 0; i < process->count; i++)
		if (process->mappings[i].since >= at)
			process->mappings[kept++] = process->mappings[i];
	process->count = kept;
	process->executed = at;
}

void processes_forked(struct processes *processes, uint32_t parent, uint32_t child, uint64_t at)
{
	struct process *from, *to;

	forget_names(processes);
	if (parent == child) /* a thread */
		return;
	to = *find_link(processes, child);
	/* Somebody else had that number before. */
	if (to && !to->is_gone && (to->executed > at || (to->count && to->mappings[0].since > at))) {
		to->born = at;
		return;
	}
	remove_process(processes, child);
	from = processes_find(processes, parent);
	to = add_process(processes, child);
	to->born = at;
	for (size_t i = 0; i < from->count; i++)
		add_mapping(to, &from->mappings[i]);
}

void processes_ended(struct processes *processes, uint32_t tgid)
{
	struct process *process = *find_link(processes, tgid);
	struct gone *slot;

	if (!process || process->is_gone)
		return;
	process->is_gone = true;
	slot = &processes->gone[(processes->gone_first + processes->gone_count) % MOST_GONE];
	if (processes->gone_count == MOST_GONE) {
		const struct process *oldest = *find_link(processes, slot->tgid);

		/* Its number may have been given to another one. */
		if (oldest && oldest->is_gone && oldest->born == slot->born)
			remove_process(processes, slot->tgid);
		processes->gone_first = (processes->gone_first + 1) % MOST_GONE;
		processes->gone_count--;
	}
	*slot = (struct gone){ tgid, process->born };
	processes->gone_count++;
}

void process_add_mapping(struct processes *processes, struct process *process, uint64_t start, uint64_t size,
			 uint64_t offset, const char *path)
{
	struct mapping mapping = { .start = start, .end = start + size, .offset = offset, .since = now_ns() };

	mapping.path = keep_name(processes, path);
	add_mapping(process, &mapping);
}

bool processes_read_some(struct processes *processes)
{
	if (processes->all_read)
		return false;
	if (!processes->folder)
		processes->folder = opendir("/proc");
	for (int i = 0; processes->folder && i < READ_AT_ONCE;) {
		struct dirent *entry = readdir(processes->folder);

		if (!entry) {
			closedir(processes->folder);
			processes->folder = NULL;
		} else if (isdigit((unsigned char)entry->d_name[0])) {
			processes_find(processes, (uint32_t)strtoul(entry->d_name, NULL, 10));
			i++;
		}
	}
	processes->all_read = !processes->folder;
	return !processes->all_read;
}
