/**
 * The BPF helpers a tracer calls: one row each. Ids are the kernel's ABI; argument and result kinds follow
 * the prototypes the verifier checks (include/uapi/linux/bpf.h, kernel/trace/bpf_trace.c); `since` is the
 * first kernel release with the helper.
 */

/**
 * What the verifier demands of an argument.
 *
 * ctx: the program's context. map: a map reference. key/value: readable memory of the map's key or value
 * size. in/out: memory to read or fill, its size in the next argument. fixedIn/fixedOut: memory whose size
 * the helper itself knows. size: a bounded size in bytes. address: an unchecked kernel or user address.
 * scalar: any number. record: what ringbuf_reserve gave. callback: a function address. any: anything,
 * also a pointer or null. task: a trusted task pointer. percpu: a per-CPU variable's BTF pointer.
 * string: a NUL-terminated constant in a read-only map. path: a BTF pointer to struct path. lock: a spin
 * lock in a map value. dynptr: a dynptr on the stack.
 */
export type ArgKind =
  | "ctx"
  | "map"
  | "key"
  | "value"
  | "in"
  | "out"
  | "fixedIn"
  | "fixedOut"
  | "size"
  | "address"
  | "scalar"
  | "record"
  | "callback"
  | "any"
  | "task"
  | "percpu"
  | "string"
  | "path"
  | "lock"
  | "dynptr";

/**
 * What r0 holds afterwards. integer: a number. status: zero or a negative errno. count: bytes or elements,
 * or a negative errno. valueOrNull/recordOrNull/percpuOrNull: a pointer to check against null. pointer: a
 * never-null kernel pointer. void: nothing to read.
 */
export type ResultKind =
  | "integer"
  | "status"
  | "count"
  | "valueOrNull"
  | "recordOrNull"
  | "percpuOrNull"
  | "pointer"
  | "void";

/** Where a helper may be called; `tracing` is every tracing program type. */
export type HelperScope =
  | "tracing"
  /** Kprobes and kretprobes, fentry and fexit only. */
  | "function"
  /** BPF_PROG_TYPE_KPROBE only. */
  | "kprobe"
  /** BPF_PROG_TYPE_PERF_EVENT only. */
  | "perf"
  /** Programs typed by BTF: fentry, fexit, tp_btf, iterators, LSM. */
  | "btf"
  /** Sleepable programs only. */
  | "sleepable";

export interface Helper {
  readonly id: number;
  /** Name without the `bpf_` prefix. */
  readonly name: string;
  readonly args: readonly ArgKind[];
  readonly result: ResultKind;
  /** First kernel release, as "major.minor". */
  readonly since: string;
  readonly scope: HelperScope;
}

type Row = readonly [
  id: number,
  args: readonly ArgKind[],
  result: ResultKind,
  since: string,
  scope?: HelperScope,
];

const MAPS = {
  map_lookup_elem: [1, ["map", "key"], "valueOrNull", "3.19"],
  map_update_elem: [2, ["map", "key", "value", "scalar"], "status", "3.19"],
  map_delete_elem: [3, ["map", "key"], "status", "3.19"],
  map_push_elem: [87, ["map", "value", "scalar"], "status", "4.20"],
  map_pop_elem: [88, ["map", "fixedOut"], "status", "4.20"],
  map_peek_elem: [89, ["map", "fixedOut"], "status", "4.20"],
  spin_lock: [93, ["lock"], "void", "5.1"],
  spin_unlock: [94, ["lock"], "void", "5.1"],
  task_storage_get: [156, ["map", "task", "any", "scalar"], "valueOrNull", "5.11"],
  task_storage_delete: [157, ["map", "task"], "status", "5.11"],
  for_each_map_elem: [164, ["map", "callback", "any", "scalar"], "count", "5.13"],
  map_lookup_percpu_elem: [195, ["map", "key", "scalar"], "valueOrNull", "5.19"],
  cgrp_storage_get: [210, ["map", "any", "any", "scalar"], "valueOrNull", "6.2"],
  cgrp_storage_delete: [211, ["map", "any"], "status", "6.2"],
} as const satisfies Record<string, Row>;

const MEMORY = {
  probe_read: [4, ["out", "size", "address"], "status", "4.1"],
  probe_write_user: [36, ["address", "in", "size"], "status", "4.8"],
  probe_read_str: [45, ["out", "size", "address"], "count", "4.11"],
  probe_read_user: [112, ["out", "size", "address"], "status", "5.5"],
  probe_read_kernel: [113, ["out", "size", "address"], "status", "5.5"],
  probe_read_user_str: [114, ["out", "size", "address"], "count", "5.5"],
  probe_read_kernel_str: [115, ["out", "size", "address"], "count", "5.5"],
  d_path: [147, ["path", "out", "size"], "count", "5.10", "btf"],
  copy_from_user: [148, ["out", "size", "address"], "status", "5.10", "sleepable"],
  per_cpu_ptr: [153, ["percpu", "scalar"], "percpuOrNull", "5.10"],
  this_cpu_ptr: [154, ["percpu"], "pointer", "5.10"],
  snprintf_btf: [149, ["out", "size", "fixedIn", "scalar", "scalar"], "count", "5.10"],
  snprintf: [165, ["out", "size", "string", "in", "size"], "count", "5.13"],
  strncmp: [182, ["in", "size", "string"], "integer", "5.17"],
  copy_from_user_task: [191, ["out", "size", "address", "task", "scalar"], "status", "5.18", "sleepable"],
  dynptr_from_mem: [197, ["in", "size", "scalar", "dynptr"], "status", "5.19"],
  dynptr_read: [201, ["out", "size", "dynptr", "scalar", "scalar"], "status", "5.19"],
  dynptr_write: [202, ["dynptr", "scalar", "in", "size", "scalar"], "status", "5.19"],
  dynptr_data: [203, ["dynptr", "scalar", "scalar"], "valueOrNull", "5.19"],
} as const satisfies Record<string, Row>;

const CONTEXT = {
  ktime_get_ns: [5, [], "integer", "4.1"],
  get_prandom_u32: [7, [], "integer", "4.1"],
  get_smp_processor_id: [8, [], "integer", "4.1"],
  get_current_pid_tgid: [14, [], "integer", "4.2"],
  get_current_uid_gid: [15, [], "integer", "4.2"],
  get_current_comm: [16, ["out", "size"], "status", "4.2"],
  get_current_task: [35, [], "integer", "4.8"],
  current_task_under_cgroup: [37, ["map", "scalar"], "status", "4.9"],
  get_numa_node_id: [42, [], "integer", "4.10"],
  get_current_cgroup_id: [80, [], "integer", "4.18"],
  jiffies64: [118, [], "integer", "5.6"],
  get_ns_current_pid_tgid: [120, ["scalar", "scalar", "out", "size"], "status", "5.7"],
  get_current_ancestor_cgroup_id: [123, ["scalar"], "integer", "5.7"],
  ktime_get_boot_ns: [125, [], "integer", "5.8"],
  get_current_task_btf: [158, [], "pointer", "5.11"],
  ktime_get_coarse_ns: [160, [], "integer", "5.11"],
  task_pt_regs: [175, ["task"], "pointer", "5.15"],
  find_vma: [180, ["task", "address", "callback", "any", "scalar"], "status", "5.17"],
  ktime_get_tai_ns: [208, [], "integer", "6.1"],
} as const satisfies Record<string, Row>;

const PROBE = {
  perf_event_read: [22, ["map", "scalar"], "integer", "4.3"],
  get_stackid: [27, ["ctx", "map", "scalar"], "count", "4.6"],
  perf_event_read_value: [55, ["map", "scalar", "out", "size"], "status", "4.15"],
  override_return: [58, ["ctx", "scalar"], "status", "4.16", "kprobe"],
  get_stack: [67, ["ctx", "out", "size", "scalar"], "count", "4.18"],
  send_signal: [109, ["scalar"], "status", "5.3"],
  send_signal_thread: [117, ["scalar"], "status", "5.6"],
  get_socket_cookie: [46, ["any"], "integer", "5.12", "btf"],
  read_branch_records: [119, ["ctx", "any", "size", "scalar"], "count", "5.6", "perf"],
  get_task_stack: [141, ["task", "out", "size", "scalar"], "count", "5.9"],
  get_func_ip: [173, ["ctx"], "integer", "5.15", "function"],
  get_attach_cookie: [174, ["ctx"], "integer", "5.15"],
  get_branch_snapshot: [176, ["out", "size", "scalar"], "count", "5.16"],
  get_func_arg: [183, ["ctx", "scalar", "fixedOut"], "status", "5.17", "btf"],
  get_func_ret: [184, ["ctx", "fixedOut"], "status", "5.17", "btf"],
  get_func_arg_cnt: [185, ["ctx"], "integer", "5.17", "btf"],
} as const satisfies Record<string, Row>;

const OUTPUT = {
  trace_printk: [6, ["in", "size", "scalar", "scalar", "scalar"], "count", "4.1"],
  perf_event_output: [25, ["ctx", "map", "scalar", "in", "size"], "status", "4.4"],
  skb_output: [111, ["any", "map", "scalar", "in", "size"], "status", "5.5", "btf"],
  ringbuf_output: [130, ["map", "in", "size", "scalar"], "status", "5.8"],
  ringbuf_reserve: [131, ["map", "size", "scalar"], "recordOrNull", "5.8"],
  ringbuf_submit: [132, ["record", "scalar"], "void", "5.8"],
  ringbuf_discard: [133, ["record", "scalar"], "void", "5.8"],
  ringbuf_query: [134, ["map", "scalar"], "integer", "5.8"],
  seq_printf: [126, ["any", "in", "size", "in", "size"], "status", "5.7", "btf"],
  trace_vprintk: [177, ["in", "size", "in", "size"], "count", "5.16"],
  ringbuf_reserve_dynptr: [198, ["map", "size", "scalar", "dynptr"], "status", "5.19"],
  ringbuf_submit_dynptr: [199, ["dynptr", "scalar"], "void", "5.19"],
  ringbuf_discard_dynptr: [200, ["dynptr", "scalar"], "void", "5.19"],
  user_ringbuf_drain: [209, ["map", "callback", "any", "scalar"], "count", "6.1"],
} as const satisfies Record<string, Row>;

const CONTROL = {
  loop: [181, ["scalar", "callback", "any", "scalar"], "count", "5.17"],
} as const satisfies Record<string, Row>;

const ROWS = { ...MAPS, ...MEMORY, ...CONTEXT, ...PROBE, ...OUTPUT, ...CONTROL };

export type HelperName = keyof typeof ROWS;

/** Every helper by its name without the `bpf_` prefix. */
export const HELPERS = Object.fromEntries(
  Object.entries(ROWS as Record<string, Row>).map(([name, [id, args, result, since, scope = "tracing"]]) => [
    name,
    { id, name, args, result, since, scope },
  ]),
) as unknown as Readonly<Record<HelperName, Helper>>;

const BY_ID = new Map<number, Helper>(Object.values(HELPERS).map((helper) => [helper.id, helper]));

export function helperById(id: number): Helper | undefined {
  return BY_ID.get(id);
}
