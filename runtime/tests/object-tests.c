/*
 * Objects cut short, and objects with a forged manifest: opening them reports and returns, and the sanitizers see
 * nothing. The object is one of the compiler's own, named by TSBT_TEST_OBJECT. The rest of the file is libbpf's to
 * read, which does break on forged ones: main.c lets a child try first.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "loader.h"
#include "tests.h"

#define ROUNDS 300

static uint8_t *read_object(size_t *length)
{
	const char *path = getenv("TSBT_TEST_OBJECT");
	FILE *file = path && *path ? fopen(path, "rb") : NULL;
	uint8_t *bytes = file ? malloc(1 << 20) : NULL;

	*length = bytes ? fread(bytes, 1, 1 << 20, file) : 0;
	if (file)
		fclose(file);
	return bytes;
}

static bool opens(const uint8_t *bytes, size_t length)
{
	struct options options = { 0 };
	struct loader loader = { .options = &options };
	bool good = object_open(&loader, bytes, length);

	object_close(&loader);
	return good;
}

/* What is wrong is told on standard error, thousands of times here. */
static int silence(void)
{
	int kept = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);

	dup2(null, STDERR_FILENO);
	close(null);
	return kept;
}

void test_objects(void)
{
	uint64_t random = 88172645463325252ull;
	size_t length, survivors = 0;
	uint8_t *bytes = read_object(&length), *copy;
	char *manifest;
	size_t room;
	int kept;

	if (!length) {
		skip_test("objects", "no object was built to forge: TSBT_TEST_OBJECT names none");
		free(bytes);
		return;
	}
	check_true("objects: a good one", opens(bytes, length));
	kept = silence();
	for (size_t cut = 0; cut < length; cut += length / 50 + 1)
		survivors += opens(bytes, cut);
	copy = malloc(length);
	manifest = memmem(bytes, length, "{\"schema\"", 9);
	room = manifest ? strnlen(manifest, length - (size_t)((uint8_t *)manifest - bytes)) : 0;
	manifest = (char *)copy + (manifest ? (uint8_t *)manifest - bytes : 0);
	for (int round = 0; room && round < ROUNDS; round++) {
		memcpy(copy, bytes, length);
		for (int change = 0; change < 4; change++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			manifest[random % room] = "0123456789-\"{}[],:azAZ"[(random >> 32) % 22];
		}
		opens(copy, length);
	}
	dup2(kept, STDERR_FILENO);
	close(kept);
	check_true("objects: none that is cut short is taken", survivors == 0);
	check_true("objects: forged manifests do no harm", room > 0);
	free(copy);
	free(bytes);
}

struct forgery {
	const uint8_t *bytes;
	uint8_t *copy;
	size_t length, from, to;
	struct fuzz fuzz;
	bool whole; /* libbpf reads it, too */
};

/* As a child of main.c's opens an object from elsewhere. */
static void open_broken(void *context)
{
	struct forgery *forgery = context;

	for (int round = 0; round < (forgery->whole ? 1 : 50); round++) {
		struct options options = { 0 };
		struct loader loader = { .options = &options };
		size_t length;

		memcpy(forgery->copy, forgery->bytes, forgery->length);
		length = fuzz_mangle(&forgery->fuzz, forgery->copy, forgery->length, forgery->from, forgery->to);
		if (forgery->whole)
			object_open(&loader, forgery->copy, length);
		else
			object_read_manifest(&loader, forgery->copy, length);
		object_close(&loader);
	}
}

static void fuzz_part(const char *name, struct forgery forgery, uint64_t rounds)
{
	forgery.fuzz = fuzz_start(rounds);
	fuzz_test(name, &forgery.fuzz, open_broken, &forgery);
}

void fuzz_objects(void)
{
	size_t length;
	uint8_t *bytes = read_object(&length), *copy = malloc(length + 1), *btf;
	struct forgery forgery = { .bytes = bytes, .copy = copy, .length = length, .to = length };

	/* The magic number of BTF, in the byte order of this machine, and its version. */
	btf = length ? memmem(bytes, length, "\x9f\xeb\x01", 3) : NULL;
	if (!btf) {
		skip_test("broken objects", "no object was built to break: TSBT_TEST_OBJECT names none");
	} else {
		fuzz_part("objects: a broken ELF file does no harm", forgery, 40);
		forgery.whole = true;
		fuzz_part("objects: a broken file is libbpf's to refuse", forgery, 60);
		forgery.from = (size_t)(btf - bytes);
		fuzz_part("objects: broken BTF is libbpf's to refuse", forgery, 60);
	}
	free(copy);
	free(bytes);
}
