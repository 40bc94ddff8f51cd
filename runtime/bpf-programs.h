#ifndef TSBT_BPF_PROGRAMS_H
#define TSBT_BPF_PROGRAMS_H

/* One line for each function: the program's id and the function's name. Exit code. */
int bpf_programs_print(void);

#endif
