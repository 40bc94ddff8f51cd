/* The maps of `dw_ustack`: what the traced processes have mapped, and the unwind tables of those files. */
#ifndef TSBT_UNWIND_H
#define TSBT_UNWIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loader;
struct unwind;

/* Bit of the id of a stack that was walked by tables, and of no other (src/lower/unwind.ts). */
static inline bool unwind_has_walked(uint64_t id)
{
	return id >> 62 == 1;
}

/* Bytes of what is kept of one: how many frames, and room for 127. */
#define WALKED_STACK_SIZE ((1 + 127) * sizeof(uint64_t))

/*
 * Before the object is loaded: tells libbpf what the maps hold. Reports and returns false if stacks cannot be walked, as when
 * no process is named. Nothing happens if the script does not ask for it.
 */
bool unwind_open(struct loader *loader);
/* After it: reads the processes of -p and --dwarf-pid. */
bool unwind_start(struct loader *loader);
/* A process that is about to be read: until then its stacks have one frame, and nobody is told that it was not named. */
void unwind_expect(struct unwind *unwind, uint32_t tgid);
/* Reads what a process has mapped now; later changes are seen by unwind_update. */
void unwind_process(struct unwind *unwind, uint32_t tgid);
/* Looks whether the processes have mapped more code, and reads it. */
void unwind_update(struct unwind *unwind);
/* Frames of a stack by its id; `frames` has room for `depth`. */
size_t unwind_frames(const struct unwind *unwind, uint64_t id, uint64_t *frames, size_t depth);
void unwind_close(struct unwind *unwind);

#endif
