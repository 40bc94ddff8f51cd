/* The compiler: a child running Node, alive until it has compiled. */
#ifndef TSBT_COMPILER_H
#define TSBT_COMPILER_H

/*
 * Starts the compiler with our arguments and waits for its end. What is to be run, it writes to `object_fd`: nothing where
 * it did all there was to do. Returns its exit code; 1, told on standard error, if it never ran.
 */
int compiler_run(int argc, char **argv, int object_fd);

#endif
