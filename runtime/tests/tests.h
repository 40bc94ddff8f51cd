/* Checks of the loader's unit tests; each file of tests is one function, called by main() in loader-tests.c. */
#ifndef TSBT_TESTS_H
#define TSBT_TESTS_H

#include <stdbool.h>

#include "text.h"

/* Compares and frees. */
void check_text(const char *name, struct text *got, const char *want);
void check_true(const char *name, bool holds);
void skip_test(const char *name, const char *why);

void test_series(void);
void test_children(void);
void test_objects(void);
void test_processes(void);
void test_symbols(void);
void test_unwinding(void);
void fuzz_symbols(void);
void fuzz_manifests(void);
void fuzz_objects(void);

#endif
