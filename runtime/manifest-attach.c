#include "manifest-parts.h"

#include <string.h>

#include "arena.h"

static const char *const attach_kinds[] = {
	"begin", "end", "signal", "interval", "profile", "perf", "tracepoint", "raw_tracepoint", "kprobe", "kprobe_multi",
	"fentry", "uprobe", "watchpoint", "iter", "test", "bench", NULL,
};

static void read_locations(struct reader *in, json_t *json, struct manifest_attach *attach)
{
	json_t *array = read_array(in, json, "locations", &attach->target_count);
	size_t count = attach->target_count;

	attach->offsets = arena_allocate(in->arena, count * sizeof(*attach->offsets));
	attach->semaphores = arena_allocate(in->arena, count * sizeof(*attach->semaphores));
	attach->cookies = arena_allocate(in->arena, count * sizeof(*attach->cookies));
	if (!count)
		read_fail(in, "nothing in", "locations");
	for (size_t i = 0; i < count && !in->failed; i++) {
		json_t *location = json_array_get(array, i);
		const char *cookie = json_string_value(json_object_get(location, "cookie"));

		attach->offsets[i] = read_u64(in, location, "fileOffset", INT64_MAX);
		/* The kernel takes it in the upper half of perf_event_attr.config: 32 bits. */
		attach->semaphores[i] = read_u64(in, location, "semaphoreOffset", UINT32_MAX);
		attach->cookies[i] = cookie && *cookie ? read_u64(in, location, "cookie", UINT64_MAX) : 0;
	}
}

static void read_functions(struct reader *in, json_t *json, struct manifest_attach *attach)
{
	json_t *array = read_array(in, json, "functions", &attach->target_count);

	attach->functions = arena_allocate(in->arena, attach->target_count * sizeof(*attach->functions));
	for (size_t i = 0; i < attach->target_count && !in->failed; i++) {
		const char *name = json_string_value(json_array_get(array, i));

		if (!name)
			read_fail(in, "no text in", "functions");
		else
			attach->functions[i] = arena_string(in->arena, name, strlen(name));
	}
}

static int read_pid(struct reader *in, json_t *json)
{
	int64_t pid = read_i64(in, json, "pid");

	/* PID_MAX_LIMIT of include/linux/threads.h. */
	if (pid < -1 || pid > 4 * 1024 * 1024)
		read_fail(in, "no number in range", "pid");
	return (int)pid;
}

static void read_attach(struct reader *in, json_t *json, struct manifest_attach *attach)
{
	const char *cookie = json_string_value(json_object_get(json, "cookie"));

	attach->kind = (enum attach_kind)read_word(in, json, "kind", attach_kinds);
	attach->probe = read_string(in, json, "probe", NULL);
	attach->line = (uint32_t)read_u64_or(in, json, "line", UINT32_MAX, 0);
	attach->column = (uint32_t)read_u64_or(in, json, "column", UINT32_MAX, 0);
	if (cookie && *cookie) {
		attach->cookie = read_u64(in, json, "cookie", UINT64_MAX);
		attach->has_cookie = true;
	}
	if (in->failed)
		return;
	switch (attach->kind) {
	case ATTACH_BEGIN:
	case ATTACH_END:
	case ATTACH_TEST:
	case ATTACH_BENCH:
	case ATTACH_KIND_COUNT:
		break;
	case ATTACH_SIGNAL:
		attach->signal = (int)read_u64(in, json, "signal", 64);
		break;
	case ATTACH_INTERVAL:
		attach->period_ns = read_u64(in, json, "periodNs", INT64_MAX);
		if (!attach->period_ns)
			read_fail(in, "no number in range", "periodNs");
		attach->is_event = json_is_true(json_object_get(json, "event"));
		break;
	case ATTACH_PROFILE:
		attach->frequency = read_u64(in, json, "frequency", UINT64_MAX);
		attach->period_ns = read_u64(in, json, "periodNs", UINT64_MAX);
		break;
	case ATTACH_PERF:
		attach->perf_type = (uint32_t)read_u64(in, json, "type", UINT32_MAX);
		attach->perf_config = read_u64(in, json, "config", UINT64_MAX);
		attach->perf_period = read_u64(in, json, "period", UINT64_MAX);
		break;
	case ATTACH_TRACEPOINT:
		attach->category = read_string(in, json, "category", NULL);
		attach->name = read_string(in, json, "event", NULL);
		break;
	case ATTACH_RAW_TRACEPOINT:
		attach->name = read_string(in, json, "name", NULL);
		attach->target_count = read_u64_or(in, json, "events", MAX_COUNT, 1);
		attach->btf_id = (uint32_t)read_u64_or(in, json, "btfId", INT32_MAX, 0);
		break;
	case ATTACH_KPROBE:
	case ATTACH_FENTRY:
		attach->name = read_string(in, json, "function", NULL);
		attach->module = read_string(in, json, "module", "");
		attach->is_return = read_bool(in, json, "return");
		attach->offset = read_u64_or(in, json, "offset", UINT32_MAX, 0);
		attach->address = read_u64_or(in, json, "address", UINT64_MAX, 0);
		attach->program_id = (uint32_t)read_u64_or(in, json, "program", UINT32_MAX, 0);
		attach->btf_id = (uint32_t)read_u64_or(in, json, "btfId", INT32_MAX, 0);
		break;
	case ATTACH_KPROBE_MULTI:
		attach->is_return = read_bool(in, json, "return");
		attach->is_session = json_is_true(json_object_get(json, "session"));
		read_functions(in, json, attach);
		break;
	case ATTACH_UPROBE:
		attach->path = read_string(in, json, "path", NULL);
		attach->is_return = read_bool(in, json, "return");
		attach->pid = read_pid(in, json);
		read_locations(in, json, attach);
		break;
	case ATTACH_WATCHPOINT:
		attach->address = read_u64(in, json, "address", UINT64_MAX);
		attach->length = (uint32_t)read_u64(in, json, "length", 8);
		attach->mode = read_string(in, json, "mode", NULL);
		attach->pid = read_pid(in, json);
		break;
	case ATTACH_ITER:
		attach->target = read_string(in, json, "target", NULL);
		attach->pin = read_string(in, json, "pin", "");
		break;
	}
}

void read_programs(struct reader *in, json_t *root, struct manifest *manifest)
{
	json_t *array = read_array(in, root, "programs", &manifest->program_count);

	manifest->programs = arena_allocate(in->arena, manifest->program_count * sizeof(*manifest->programs));
	for (size_t i = 0; i < manifest->program_count && !in->failed; i++) {
		json_t *json = json_array_get(array, i), *list;
		struct manifest_program *program = &manifest->programs[i];
		struct manifest_attach *attach;

		program->name = read_string(in, json, "name", NULL);
		list = read_array(in, json, "attach", &program->attach_count);
		attach = arena_allocate(in->arena, program->attach_count * sizeof(*attach));
		for (size_t j = 0; j < program->attach_count && !in->failed; j++)
			read_attach(in, json_array_get(list, j), &attach[j]);
		program->attach = attach;
	}
}
