/* Unit tests of the loader's pure parts; run under address and undefined-behaviour sanitizers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "format.h"
#include "histogram.h"
#include "json.h"
#include "manifest.h"
#include "options.h"
#include "tests.h"
#include "text.h"
#include "values.h"

static int passed, failed, skipped;

void check_text(const char *name, struct text *got, const char *want)
{
	if (!strcmp(text_cstring(got), want)) {
		passed++;
	} else {
		failed++;
		printf("FAILED: %s\n  got  %s\n  want %s\n", name, text_cstring(got), want);
	}
	text_free(got);
}

void check_true(const char *name, bool holds)
{
	if (holds) {
		passed++;
	} else {
		failed++;
		printf("FAILED: %s\n", name);
	}
}

void skip_test(const char *name, const char *why)
{
	skipped++;
	printf("skipped: %s: %s\n", name, why);
}

static const struct type int64_type = { .kind = TYPE_INT, .is_signed = true, .size = 8 };
static const struct type uint8_type = { .kind = TYPE_INT, .size = 1 };
static const struct type string_type = { .kind = TYPE_STRING, .size = 8 };

static void test_format(const char *format, int64_t number, const char *want)
{
	struct arena_block *arena = NULL;
	struct manifest manifest = { .config.str_trunc_trailer = ".." };
	struct values values = { .manifest = &manifest };
	struct member arg = { .name = "", .offset = 0, .type = &int64_type };
	struct text out = { 0 };

	format_apply(format_compile(&arena, format), &values, &arg, 1, (const uint8_t *)&number, &out);
	check_text(format, &out, want);
	arena_free(&arena);
}

static void test_formats(void)
{
	struct arena_block *arena = NULL;
	struct manifest manifest = { .config.str_trunc_trailer = ".." };
	struct values values = { .manifest = &manifest };
	struct member arg = { .name = "", .offset = 0, .type = &string_type };
	struct text out = { 0 };

	test_format("%d", -5, "-5");
	test_format("[%6d]", -5, "[    -5]");
	test_format("[%-6d]", 5, "[5     ]");
	test_format("[%06d]", -5, "[0000-5]");
	test_format("%+d", 5, "+5");
	test_format("%#06x", 1, "0000x1");
	test_format("%*d", 5, "5");
	test_format("%d %d", 0x100000007, "7 ");
	test_format("%ld", 0x100000007, "4294967303");
	test_format("%hhx", 0x12345678abcdef, "ef");
	test_format("%hd", 0xffff, "-1");
	test_format("%x", -1, "ffffffff");
	test_format("%jx", 0x12345678abcdef, "12345678abcdef");
	test_format("%p", 0x10, "0x10");
	test_format("%gr", 0xcc0, "GFP_KERNEL");
	test_format("%gr", 0x8000001, "GFP_DMA|0x8000000");
	test_format("%gr", 0, "0");
	test_format("%#x", 255, "0xff");
	test_format("%X%%", 255, "FF%");
	test_format("%c", 65, "A");
	test_format("%y %d", 7, "%y 7");
	format_apply(format_compile(&arena, "[%-5s][%.2s"), &values, &arg, 1, (const uint8_t *)"abc\0\0\0\0", &out);
	check_text("strings", &out, "[abc  ][");
	format_apply(format_compile(&arena, "%s"), &values, &arg, 1, (const uint8_t *)"abcdefgh", &out);
	check_text("a string that fills its room was cut", &out, "abcdefgh..");
	format_apply(format_compile(&arena, "%r"), &values, &arg, 1, (const uint8_t *)"a\001b\0\0\0\0", &out);
	check_text("bytes", &out, "a\\x01b");
	arena_free(&arena);
}

static void test_histograms(void)
{
	uint64_t counts[66] = { 0 }, linear[5] = { 1, 0, 2, 0, 1 };
	struct map_value hist = { .kind = VALUE_HIST, .bits = 0, .buckets = 66, .size = 66 * 8 };
	struct map_value lhist = { .kind = VALUE_LHIST, .min = 0, .max = 30, .step = 10, .buckets = 5, .size = 40 };
	struct text out = { 0 };

	histogram_text(&hist, counts, 1, &out);
	check_text("an empty histogram", &out, "");
	counts[1] = 1;
	counts[3] = 2;
	histogram_text(&hist, counts, 1, &out);
	check_text("hist", &out,
		   "[0]                    1 |@@@@@@@@@@@@@@@@@@@@@@@@@@                          |\n"
		   "[1]                    0 |                                                    |\n"
		   "[2, 4)                 2 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|\n");
	memset(counts, 0, sizeof(counts));
	counts[12] = 1;
	histogram_text(&hist, counts, 1, &out);
	check_text("units", &out,
		   "[1K, 2K)               1 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|\n");
	histogram_json(&hist, counts, 1, &out);
	check_text("hist as JSON", &out, "[{\"min\": 1024, \"max\": 2047, \"count\": 1}]");
	histogram_json(&lhist, linear, 1, &out);
	check_text("lhist as JSON", &out,
		   "[{\"max\": -1, \"count\": 1},{\"min\": 0, \"max\": 9, \"count\": 0},{\"min\": 10, \"max\": 19, \"count\": 2},"
		   "{\"min\": 20, \"max\": 29, \"count\": 0},{\"min\": 30, \"count\": 1}]");
}

static void test_values(void)
{
	const struct member members[] = {
		{ .name = "a", .offset = 0, .type = &int64_type },
		{ .name = "b", .offset = 8, .type = &string_type },
		{ .name = "c", .offset = 16, .type = &uint8_type, .bit_shift = 2, .bit_width = 3 },
	};
	struct type tuple = { .kind = TYPE_TUPLE, .size = 24, .members = members, .member_count = 3 };
	struct manifest manifest = { .config.str_trunc_trailer = ".." };
	struct values values = { .manifest = &manifest };
	uint8_t bytes[24] = { 0 };
	struct text out = { 0 };

	bytes[0] = 7;
	memcpy(bytes + 8, "x\"y", 4);
	bytes[16] = 0x35; /* 101 at bit 2 */
	values_text(&values, &tuple, bytes, 1, &out);
	check_text("tuple", &out, "(7, x\"y, 5)");
	values_json(&values, &tuple, bytes, 1, &out);
	check_text("tuple as JSON", &out, "[7,\"x\\\"y\",5]");
	tuple.kind = TYPE_RECORD;
	values_text(&values, &tuple, bytes, 1, &out);
	check_text("record", &out, "{ .a = 7, .b = x\"y, .c = 5 }");
	json_text(&out, "\xff\n\x01", 3);
	check_text("bytes that are no UTF-8", &out, "\"\\ufffd\\n\\u0001\"");
}

static const char good_manifest[] =
	"{\"schema\":1,\"tsbt\":\"0\",\"script\":\"s\",\"programs\":[{\"name\":\"p\",\"attach\":[{\"kind\":\"begin\",\"probe\":"
	"\"begin\",\"cookie\":\"\",\"line\":1,\"column\":1}]}],\"maps\":[{\"name\":\"@\",\"symbol\":\"AT_\",\"key\":{\"kind\":"
	"\"int\",\"size\":8,\"signed\":true},\"value\":{\"kind\":\"count\"},\"perCpu\":true,\"hasSetFlag\":false}],\"events\":"
	"[{\"kind\":\"printf\",\"size\":16,\"format\":\"%d\",\"args\":[{\"name\":\"\",\"offset\":8,\"type\":{\"kind\":\"int\","
	"\"size\":8,\"signed\":true}}],\"map\":-1,\"places\":[]}],\"failures\":[{\"helper\":\"map_update_elem\",\"message\":\"\",\"place\":{\"file\":\"s\",\"line\":1,\"column\":2,\"text\":\"s:1:2-3\",\"context\":\"x\"}}],\"config\":{\"printMapsOnExit\":true,\"maxMapKeys\":4096,"
	"\"stackMode\":\"bpftrace\",\"cppDemangle\":true,\"lazySymbolication\":false,\"showDebugInfo\":false,\"maxStrlen\":64,"
	"\"strTruncTrailer\":\"..\",\"missingProbes\":\"error\"},\"runtime\":{\"ringbuf\":\"r\",\"counters\":\"c\","
	"\"state\":\"\"},\"needs\":{\"unsafe\":false,\"kernel\":[5,8]}}";

static bool parses(const char *json, size_t length)
{
	struct text why = { 0 };
	bool newer;
	struct manifest *manifest = manifest_parse(json, length, &why, &newer);
	bool good = manifest != NULL;

	manifest_free(manifest);
	text_free(&why);
	return good;
}

static void test_manifest(void)
{
	size_t length = sizeof(good_manifest) - 1, survivors = 0;
	char *copy = malloc(length);
	uint64_t random = 88172645463325252ull;

	check_true("a good manifest", parses(good_manifest, length));
	for (size_t cut = 0; cut < length; cut++)
		survivors += parses(good_manifest, cut);
	check_true("no manifest cut short is taken", survivors == 0);
	/* Sanitizers judge these: whatever is read must stay inside. */
	for (int round = 0; round < 20000; round++) {
		memcpy(copy, good_manifest, length);
		for (int change = 0; change < 3; change++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			copy[random % length] = "0123456789-\"{}[],:azAZ"[(random >> 32) % 22];
		}
		parses(copy, length);
	}
	check_true("forged manifests do no harm", true);
	free(copy);
}

static void test_options(void)
{
	static const char folders[] =
		"{\"format\":\"text\",\"debugFolders\":[\"/a\",5,\"../../../../../../../..\"]}";
	static const char json[] = "{\"format\":\"json\",\"output\":\"\",\"buffer\":\"full\",\"cmd\":\"true\",\"pid\":5,"
				   "\"dwarfPids\":[7,8]}";
	struct options options = { 0 };

	check_true("options", options_parse(&options, json, sizeof(json) - 1) && options.format == OUTPUT_JSON &&
				      options.buffer == BUFFER_FULL && options.pid == 5 &&
				      options.dwarf_pid_count == 2 && options.dwarf_pids[1] == 8);
	options_free(&options);
	memset(&options, 0, sizeof(options));
	check_true("folders of debug files", options_parse(&options, folders, sizeof(folders) - 1) &&
						     !strcmp(options.debug_folders, "/a:/:../../../../../../../.."));
	options_free(&options);
	memset(&options, 0, sizeof(options));
	check_true("no options", !options_parse(&options, "[]", 2));
	options_free(&options);
}

int main(void)
{
	test_formats();
	test_histograms();
	test_values();
	test_manifest();
	test_options();
	test_series();
	test_processes();
	test_children();
	test_objects();
	test_symbols();
	test_unwinding();
	fuzz_manifests();
	fuzz_symbols();
	fuzz_objects();
	printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
	return failed != 0;
}
