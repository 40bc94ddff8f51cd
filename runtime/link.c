/* Linking: one BPF object of a script's own and of the C it imports. */
#include "link.h"

#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>

int link_objects(const char *output, char **inputs)
{
	struct bpf_linker *linker = bpf_linker__new(output, NULL);
	int error = linker ? 0 : -1;

	for (; !error && *inputs; inputs++)
		error = bpf_linker__add_file(linker, *inputs, NULL);
	if (!error)
		error = bpf_linker__finalize(linker);
	bpf_linker__free(linker);
	return error ? 1 : 0;
}
