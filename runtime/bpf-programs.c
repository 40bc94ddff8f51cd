/* Functions of the BPF programs that run now: what fentry:bpf: can be attached to. The compiler asks for them. */
#include "bpf-programs.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

/* More functions than any program has (MAX_BPF_FUNC_INFO is far above what the verifier lets through). */
#define MOST_FUNCTIONS 4096

static void print_functions(uint32_t id, const struct bpf_func_info *functions, uint32_t count, uint32_t btf_id)
{
	struct btf *btf = btf__load_from_kernel_by_id(btf_id);

	for (uint32_t i = 0; btf && i < count; i++) {
		const struct btf_type *type = btf__type_by_id(btf, functions[i].type_id);
		const char *name = type ? btf__name_by_offset(btf, type->name_off) : NULL;

		if (name && *name)
			printf("%u %s\n", id, name);
	}
	btf__free(btf);
}

static void print_program(uint32_t id, int fd)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info), count;
	struct bpf_func_info *functions;

	if (bpf_obj_get_info_by_fd(fd, &info, &size) || !info.btf_id || !info.nr_func_info ||
	    info.func_info_rec_size != sizeof(*functions) || info.nr_func_info > MOST_FUNCTIONS)
		return;
	count = info.nr_func_info;
	functions = allocate_zeroed(count, sizeof(*functions));
	size = sizeof(info);
	info = (struct bpf_prog_info){ .nr_func_info = count,
				       .func_info_rec_size = sizeof(*functions),
				       .func_info = (uint64_t)(uintptr_t)functions };
	if (!bpf_obj_get_info_by_fd(fd, &info, &size) && info.nr_func_info == count)
		print_functions(id, functions, count, info.btf_id);
	free(functions);
}

int bpf_programs_print(void)
{
	uint32_t id = 0;

	while (!bpf_prog_get_next_id(id, &id)) {
		int fd = bpf_prog_get_fd_by_id(id);

		if (fd < 0)
			continue;
		print_program(id, fd);
		close(fd);
	}
	return errno == ENOENT ? 0 : 1;
}
