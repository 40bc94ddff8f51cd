#include "fuzz.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests.h"
#include "text.h"

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

struct fuzz fuzz_start(uint64_t most_rounds)
{
	const char *seconds = getenv("TSBT_FUZZ_SECONDS"), *seed = getenv("TSBT_FUZZ_SEED");
	bool asked = seconds && *seconds;

	return (struct fuzz){
		.state = 88172645463325252ull ^ (seed ? strtoull(seed, NULL, 0) << 20 : 0),
		.most_rounds = asked ? UINT64_MAX : most_rounds,
		.deadline_ns = now_ns() + (asked ? strtoull(seconds, NULL, 10) : 2) * 1000000000,
	};
}

bool fuzz_goes_on(struct fuzz *fuzz)
{
	return fuzz->rounds++ < fuzz->most_rounds && now_ns() < fuzz->deadline_ns;
}

/* xorshift64 */
static uint64_t next(struct fuzz *fuzz)
{
	fuzz->state ^= fuzz->state << 13;
	fuzz->state ^= fuzz->state >> 7;
	fuzz->state ^= fuzz->state << 17;
	return fuzz->state;
}

uint64_t fuzz_below(struct fuzz *fuzz, uint64_t below)
{
	return (next(fuzz) >> 11) % below;
}

uint64_t fuzz_number(struct fuzz *fuzz)
{
	uint64_t edge = 1ull << fuzz_below(fuzz, 64), near = fuzz_below(fuzz, 5);

	switch (fuzz_below(fuzz, 4)) {
	case 0:
		return fuzz_below(fuzz, 16);
	case 1:
		return edge + near - 2;
	case 2:
		return 0 - near;
	default:
		return next(fuzz) >> fuzz_below(fuzz, 64);
	}
}

size_t fuzz_mangle(struct fuzz *fuzz, uint8_t *bytes, size_t length, size_t from, size_t to)
{
	size_t changes = 1 + fuzz_below(fuzz, 8);

	for (size_t i = 0; i < changes && to - from > 8; i++) {
		uint8_t *at = bytes + from + fuzz_below(fuzz, to - from - 8);
		uint64_t word = fuzz_number(fuzz);

		switch (fuzz_below(fuzz, 4)) {
		case 0:
			*at ^= (uint8_t)(1u << fuzz_below(fuzz, 8));
			break;
		case 1:
			*at = (uint8_t)word;
			break;
		case 2:
			memcpy(at, &word, 1u << fuzz_below(fuzz, 4));
			break;
		default:
			memmove(at, bytes + from + fuzz_below(fuzz, to - from - 8), fuzz_below(fuzz, 8));
		}
	}
	return fuzz_below(fuzz, 16) ? length : fuzz_below(fuzz, length + 1);
}

/* The first frame of a report that is not the sanitizer's own lies in a library of the system's. */
static bool blames_library(const char *report)
{
	const char *line = strstr(report, "\n    #0 ");

	while (line && !strncmp(line, "\n    #", 6)) {
		const char *end = strchr(line + 1, '\n');
		size_t length = end ? (size_t)(end - line) : strlen(line);

		if (!memmem(line, length, "libasan", 7) && !memmem(line, length, "sanitizer", 9) &&
		    !memmem(line, length, "__interceptor", 13))
			return memmem(line, length, ".so", 3) != NULL;
		line = end;
	}
	return false;
}

bool fuzz_survives(void (*tries)(void *context), void *context, size_t *crashes)
{
	int word = memfd_create("word", MFD_CLOEXEC), status = 0;
	char report[16384];
	ssize_t got;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (!child) {
		dup2(word, STDERR_FILENO);
		tries(context);
		_exit(0);
	}
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	got = pread(word, report, sizeof(report) - 1, 0);
	close(word);
	if (child > 0 && WIFEXITED(status) && !WEXITSTATUS(status))
		return true;
	report[got > 0 ? got : 0] = '\0';
	if (child > 0 && (WIFSIGNALED(status) ? WTERMSIG(status) == SIGABRT || WTERMSIG(status) == SIGALRM
					      : blames_library(report))) {
		(*crashes)++;
		return true;
	}
	fputs(report, stdout);
	return false;
}

void fuzz_test(const char *name, struct fuzz *fuzz, void (*tries)(void *context), void *context)
{
	size_t crashes = 0;
	bool good = true;

	while (good && fuzz_goes_on(fuzz)) {
		good = fuzz_survives(tries, context, &crashes);
		/* The child has gone on with a copy of the state. */
		fuzz->state += fuzz->rounds * 0x9e3779b97f4a7c15ull;
	}
	check_true(name, good);
	if (crashes)
		printf("note: %s: the system's libraries gave up in %zu of %llu groups\n", name, crashes,
		       (unsigned long long)fuzz->rounds);
}
