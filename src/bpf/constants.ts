/**
 * Numbers of the bpf(2) interface, named as the kernel names them.
 * Source: include/uapi/linux/bpf.h.
 */

/** enum bpf_map_type */
export const MAP_TYPE = {
  hash: 1,
  array: 2,
  prog_array: 3,
  perf_event_array: 4,
  percpu_hash: 5,
  percpu_array: 6,
  stack_trace: 7,
  cgroup_array: 8,
  lru_hash: 9,
  lru_percpu_hash: 10,
  lpm_trie: 11,
  array_of_maps: 12,
  hash_of_maps: 13,
  queue: 22,
  stack: 23,
  ringbuf: 27,
  task_storage: 29,
  bloom_filter: 30,
  user_ringbuf: 31,
  cgrp_storage: 32,
  arena: 33,
} as const;

export type MapTypeName = keyof typeof MAP_TYPE;

/** enum bpf_prog_type, the tracing ones and `syscall` (runnable by BPF_PROG_TEST_RUN). */
export const PROG_TYPE = {
  socket_filter: 1,
  kprobe: 2,
  tracepoint: 5,
  xdp: 6,
  perf_event: 7,
  raw_tracepoint: 17,
  raw_tracepoint_writable: 24,
  tracing: 26,
  lsm: 29,
  syscall: 31,
} as const;

/** Flags of map_update_elem. */
export const UPDATE = { any: 0, noexist: 1, exist: 2, lock: 4 } as const;

/** Flags of map creation (BPF_F_*). */
export const MAP_FLAG = {
  no_prealloc: 1 << 0,
  no_common_lru: 1 << 1,
  rdonly: 1 << 3,
  wronly: 1 << 4,
  stack_build_id: 1 << 5,
  zero_seed: 1 << 6,
  rdonly_prog: 1 << 7,
  wronly_prog: 1 << 8,
  mmapable: 1 << 10,
  preserve_elems: 1 << 11,
  inner_map: 1 << 12,
} as const;

/** Flags of get_stackid and get_stack: the low byte is the number of frames to skip. */
export const STACK_FLAG = {
  skip_mask: 0xff,
  user_stack: 1 << 8,
  fast_stack_cmp: 1 << 9,
  reuse_stackid: 1 << 10,
  user_build_id: 1 << 11,
} as const;

/** Flags of perf_event_output: the CPU to write to, or all ones for the current one. */
export const PERF_OUTPUT_FLAG = { index_mask: 0xffff_ffffn, current_cpu: 0xffff_ffffn } as const;

/** What ringbuf_query answers. */
export const RINGBUF_QUERY = { avail_data: 0, ring_size: 1, cons_pos: 2, prod_pos: 3 } as const;

/** Bytes of stack one program and all it calls may use together (MAX_BPF_STACK). */
export const MAX_STACK = 512;

/** Nested calls, the main program included (MAX_CALL_FRAMES). */
export const MAX_CALL_FRAMES = 8;

/** Iterations one bpf_loop may do (BPF_MAX_LOOPS). */
export const MAX_LOOPS = 8 * 1024 * 1024;

/** Bytes of a task's name, the NUL included (TASK_COMM_LEN). */
export const TASK_COMM_LEN = 16;
