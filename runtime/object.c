#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codes.h"
#include "loader.h"
#include "report.h"
#include "unwind.h"

static bool show_all;

/* Told of every object of ours at -v: the manifest's section is none that libbpf knows. */
static bool about_manifest(const char *format)
{
	return strstr(format, "skipping unrecognized data section") != NULL;
}

static int libbpf_print(enum libbpf_print_level level, const char *format, va_list args)
{
	static const char *const levels[] = {
		[LIBBPF_WARN] = "WARN", [LIBBPF_INFO] = "INFO", [LIBBPF_DEBUG] = "DEBUG",
	};

	if (show_all && (unsigned)level < sizeof(levels) / sizeof(*levels))
		fprintf(stderr, "[%s] ", levels[level]);
	else if (level == LIBBPF_DEBUG || report_verbosity() < 1 || about_manifest(format))
		return 0;
	return vfprintf(stderr, format, args);
}

static bool bad_object(const char *why)
{
	report_error(CODE_OBJECT, "this is no object of tsbt, or it is damaged: %s", why);
	return false;
}

/* Section `.tsbt`: libelf checks every header it follows against the size of the file. */
static const char *find_manifest(Elf *elf, size_t *length)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (!elf || elf_kind(elf) != ELF_K_ELF || elf_getshdrstrndx(elf, &names))
		return NULL;
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		const char *name = gelf_getshdr(section, &header) ? elf_strptr(elf, names, header.sh_name) : NULL;
		Elf_Data *data;

		if (!name || strcmp(name, ".tsbt"))
			continue;
		data = elf_rawdata(section, NULL);
		if (!data || !data->d_buf)
			return NULL;
		*length = data->d_size;
		return data->d_buf;
	}
	return NULL;
}

bool object_read_manifest(struct loader *loader, const uint8_t *bytes, size_t length)
{
	struct text why = { 0 };
	size_t json_length = 0;
	const char *json;
	bool newer = false;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_memory((char *)(uintptr_t)bytes, length);
	json = find_manifest(elf, &json_length);
	if (!json) {
		elf_end(elf);
		return bad_object("it has no manifest");
	}
	loader->manifest = manifest_parse(json, json_length, &why, &newer);
	elf_end(elf);
	if (!loader->manifest && newer)
		report_error(CODE_SCHEMA, "this object was built by a newer tsbt");
	else if (!loader->manifest)
		bad_object(text_cstring(&why));
	text_free(&why);
	return loader->manifest != NULL;
}

struct bpf_map *object_map(const struct loader *loader, const char *symbol)
{
	struct bpf_map *map = bpf_object__find_map_by_name(loader->object, symbol);
	char section[256];

	if (map)
		return map;
	/* A value that programs address directly is a data section of its own. */
	snprintf(section, sizeof(section), ".data.%s", symbol);
	return bpf_object__find_map_by_name(loader->object, section);
}

/* Sizes the manifest speaks of against those of the object's maps: reads stay inside what the kernel fills. */
static bool check_map(const struct loader *loader, const struct manifest_map *manifest)
{
	const struct bpf_map *map = object_map(loader, manifest->symbol);
	uint32_t type, flag = manifest->has_set_flag ? 8 : 0;
	bool per_cpu;

	if (!map)
		return bad_object("a map is missing");
	type = bpf_map__type(map);
	per_cpu = type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_PERCPU_HASH ||
		  type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
	/* Of other kinds the kernel reads and writes rows of other sizes (kernel/bpf/syscall.c, bpf_map_value_size). */
	if (per_cpu != manifest->per_cpu || !(per_cpu || type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_HASH ||
					       type == BPF_MAP_TYPE_LRU_HASH))
		return bad_object("a map is not of the kind its manifest says");
	if (manifest->key && bpf_map__key_size(map) < manifest->key->size)
		return bad_object("a map's key is too small");
	if (bpf_map__value_size(map) < manifest->value.size || (flag && bpf_map__value_size(map) < 8))
		return bad_object("a map's value is too small");
	return true;
}

static bool check_stacks(const struct loader *loader, const struct type *type)
{
	uint32_t frame_size = type->mode == STACK_BUILD_ID ? sizeof(struct bpf_stack_build_id) : sizeof(uint64_t);
	const struct bpf_map *map;

	if (type->element && !check_stacks(loader, type->element))
		return false;
	for (size_t i = 0; i < type->member_count; i++)
		if (!check_stacks(loader, type->members[i].type))
			return false;
	if (type->kind != TYPE_KSTACK && type->kind != TYPE_USTACK)
		return true;
	map = object_map(loader, type->map);
	/* No program has the kernel take such a stack: all have no frames (kstack(0)), or are walked by unwind tables. */
	if (!map)
		return true;
	if (bpf_map__type(map) != BPF_MAP_TYPE_STACK_TRACE || bpf_map__value_size(map) / frame_size < type->depth)
		return bad_object("a map of stacks is none, or too small");
	return true;
}

static bool check_counters(const struct loader *loader)
{
	const struct manifest *manifest = loader->manifest;
	const struct bpf_map *map = *manifest->counters ? object_map(loader, manifest->counters) : NULL;

	if (!*manifest->counters && !manifest->failure_count)
		return true;
	if (!map || bpf_map__type(map) != BPF_MAP_TYPE_ARRAY || bpf_map__value_size(map) != 8 * (1 + manifest->failure_count))
		return bad_object("the runtime's counters are missing");
	return true;
}

static bool is_map(const struct loader *loader, const char *symbol, enum bpf_map_type type, uint32_t key, uint32_t value)
{
	const struct bpf_map *map = object_map(loader, symbol);

	return map && bpf_map__type(map) == type && bpf_map__key_size(map) == key && bpf_map__value_size(map) == value;
}

static bool check_unwind(const struct loader *loader)
{
	const struct manifest *manifest = loader->manifest;

	return !*manifest->unwind_walked ||
	       (is_map(loader, manifest->unwind_walked, BPF_MAP_TYPE_HASH, sizeof(uint64_t), WALKED_STACK_SIZE) &&
		is_map(loader, manifest->unwind_processes, BPF_MAP_TYPE_HASH_OF_MAPS, sizeof(uint32_t), sizeof(uint32_t)) &&
		is_map(loader, manifest->unwind_tables, BPF_MAP_TYPE_HASH_OF_MAPS, sizeof(uint32_t), sizeof(uint32_t))) ||
	       bad_object("the maps of unwind tables are missing");
}

static bool check_object(const struct loader *loader)
{
	const struct manifest *manifest = loader->manifest;

	for (size_t i = 0; i < manifest->map_count; i++) {
		const struct manifest_map *map = &manifest->maps[i];

		if (!check_map(loader, map) || (map->key && !check_stacks(loader, map->key)) ||
		    (map->value.type && !check_stacks(loader, map->value.type)))
			return false;
	}
	for (size_t i = 0; i < manifest->event_count; i++)
		for (size_t k = 0; k < manifest->events[i].arg_count; k++)
			if (!check_stacks(loader, manifest->events[i].args[k].type))
				return false;
	for (size_t i = 0; i < manifest->program_count; i++)
		if (!bpf_object__find_program_by_name(loader->object, manifest->programs[i].name))
			return bad_object("a program is missing");
	if (*manifest->ringbuf) {
		const struct bpf_map *ring = object_map(loader, manifest->ringbuf);

		if (!ring || bpf_map__type(ring) != BPF_MAP_TYPE_RINGBUF)
			return bad_object("the ring buffer is missing");
	}
	if (*manifest->packets) {
		const struct bpf_map *packets = object_map(loader, manifest->packets);

		if (!packets || bpf_map__type(packets) != BPF_MAP_TYPE_PERF_EVENT_ARRAY)
			return bad_object("the packets' buffer is missing");
	}
	if (*manifest->state) {
		const struct bpf_map *state = object_map(loader, manifest->state);

		if (!state || bpf_map__type(state) != BPF_MAP_TYPE_ARRAY || bpf_map__value_size(state) < 32)
			return bad_object("the runtime's state is missing");
	}
	return check_unwind(loader) && check_counters(loader);
}

bool object_open(struct loader *loader, const uint8_t *bytes, size_t length)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "tsbt");

	show_all = loader->options->debug_libbpf;
	libbpf_set_print(libbpf_print);
	if (!object_read_manifest(loader, bytes, length))
		return false;
	loader->object = bpf_object__open_mem(bytes, length, &options);
	if (!loader->object)
		return bad_object(strerror(errno));
	return check_object(loader);
}

void object_close(struct loader *loader)
{
	bpf_object__close(loader->object);
	manifest_free(loader->manifest);
	free(loader->maps);
	free(loader->told);
}

int object_map_fd(const struct loader *loader, const char *symbol)
{
	const struct bpf_map *map = *symbol ? object_map(loader, symbol) : NULL;

	return map ? bpf_map__fd(map) : -1;
}

int object_program_fd(const struct loader *loader, const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(loader->object, name));
}
