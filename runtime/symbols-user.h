/*
 * Names of addresses in processes: by what they have mapped (processes.h), the symbol tables and the debug information of
 * those files, and perf's maps of code made at run time.
 */
#ifndef TSBT_SYMBOLS_USER_H
#define TSBT_SYMBOLS_USER_H

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

struct process;
struct user_symbols;

/* `debug_info`: source lines and inlined functions too. */
struct user_symbols *user_symbols_new(bool demangle, bool debug_info);
void user_symbols_free(struct user_symbols *symbols);
/*
 * From now on hears from the kernel what processes map, so that those that are gone when their stacks are printed are known.
 * Where the kernel does not tell, nothing changes.
 */
void user_symbols_watch(struct user_symbols *symbols, int cpus);
/* Becomes readable when user_symbols_take is due; -1: nothing is heard. */
int user_symbols_fd(const struct user_symbols *symbols);
void user_symbols_take(struct user_symbols *symbols);
/* Reads some of the processes that are there already and returns true; false when all were read. */
bool user_symbols_look_around(struct user_symbols *symbols);
/* Reads what a process has mapped now, for when it is gone. */
void user_symbols_remember(struct user_symbols *symbols, uint32_t tgid);
/* What a process has mapped, as far as was heard; `fresh`: as it is now. Never NULL. */
struct process *user_symbols_process(struct user_symbols *symbols, uint32_t tgid, bool fresh);
/*
 * A probe at this place of a file fired at this address: if the process is gone and nobody looked in time, that tells
 * where the whole file was.
 */
void user_symbols_assume(struct user_symbols *symbols, uint32_t tgid, const char *path, uint64_t offset,
			 uint64_t address);
/* "name"; "0xaddress" if unknown. `binary`: where to look for processes that are gone, or NULL. */
void user_symbols_text(struct user_symbols *symbols, uint64_t address, uint32_t tgid, const char *binary,
		       struct text *out);

enum frame_style { FRAME_BPFTRACE, FRAME_PERF };

/* A frame of a stack, one line for each function the compiler inlined there. */
void user_symbols_frame(struct user_symbols *symbols, uint64_t address, uint32_t tgid, const char *binary,
			enum frame_style style, struct text *out);

#endif
