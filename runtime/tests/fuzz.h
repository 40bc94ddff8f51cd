/*
 * Broken and hostile input, made of good input, the same in every run. How much of it: TSBT_FUZZ_SECONDS for each kind
 * (2 unless told), TSBT_FUZZ_SEED for other breakages. The sanitizers judge; what dies in a library of the system's,
 * which is not built with them, is counted apart.
 */
#ifndef TSBT_FUZZ_H
#define TSBT_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fuzz {
	uint64_t state;
	uint64_t rounds, most_rounds, deadline_ns;
};

/* At most so many rounds, or as long as is allowed; on demand (TSBT_FUZZ_SECONDS) the time alone counts. */
struct fuzz fuzz_start(uint64_t most_rounds);
/* Counts a round; false when they are over. */
bool fuzz_goes_on(struct fuzz *fuzz);
/* A number below `below`, which is not 0. */
uint64_t fuzz_below(struct fuzz *fuzz, uint64_t below);
/* A number of those that break programs: near 0, near powers of two, any. */
uint64_t fuzz_number(struct fuzz *fuzz);
/* Breaks some bytes of a part of a file, or its end; returns the length that is left. */
size_t fuzz_mangle(struct fuzz *fuzz, uint8_t *bytes, size_t length, size_t from, size_t to);

/*
 * Calls `tries` in a child, whose word about errors nobody hears. True unless our own code broke a rule there; a crash
 * in a library counts in `*crashes`.
 */
bool fuzz_survives(void (*tries)(void *context), void *context, size_t *crashes);

/* A test of that name: calls `tries` so until `fuzz`, which lies in the context, is over. */
void fuzz_test(const char *name, struct fuzz *fuzz, void (*tries)(void *context), void *context);

#endif
