/**
 * The kernel a script is compiled for, as a value. It comes from the running machine
 * (`from-host.ts`) or from a profile (`profile.ts`); the compiler cannot tell which.
 * Every answer is lazy and none throws: what the target does not know is `undefined` or empty.
 */
import type { BtfParam, BtfTypeId, BtfView } from "../btf/types.js";
import type { ArchName } from "./arch.js";
import type { CDecl } from "./c-decl.js";

/** `uname -r` and the numbers in front of it. */
export interface KernelVersion {
  readonly release: string;
  readonly numbers: readonly [major: number, minor: number, patch: number];
}

/** One field of a tracepoint record, as the event's `format` file declares it. */
export interface TracepointField {
  readonly name: string;
  /** The C declaration without the name, as the kernel spells it: `const char *`, `char[16]`, `__data_loc char[]`. */
  readonly ctype: string;
  /** `ctype` taken apart. */
  readonly decl: CDecl;
  /** Bytes from the start of the record. */
  readonly offset: number;
  /** Bytes; 4 for a `__data_loc` word, 0 for a flexible array. */
  readonly size: number;
  readonly signed: boolean;
  /** Elements of a fixed array in the record itself. */
  readonly arrayLength: number | undefined;
  /** A word `length << 16 | offset`, where offset counts from the start of the record. */
  readonly isDataLoc: boolean;
  /** As `isDataLoc`, but offset counts from the end of this field. */
  readonly isRelLoc: boolean;
}

/** What `events/<category>/<event>/format` says. */
export interface TracepointFormat {
  readonly category: string;
  readonly event: string;
  /** The number perf_event_open takes; of this boot of this kernel only. */
  readonly id: number;
  /** In file order, the four `common_` fields included. */
  readonly fields: readonly TracepointField[];
}

/** Traceable kernel functions. */
export interface KernelFunctions {
  /** False when the target has no list of them: then these are the functions of its types. */
  readonly known: boolean;
  /** All names, each once, in the kernel's order. */
  readonly names: readonly string[];
  /** Is there such a function, in any module or in this one (`vmlinux`: the kernel itself)? */
  has(name: string, module?: string): boolean;
  /** Modules that have a function of this name; `vmlinux` for the kernel itself. */
  modulesOf(name: string): readonly string[];
  /** How many functions of the kernel itself, in different files of its source, have this name: 0 if nobody knows. */
  namesakes(name: string): number;
}

/** Addresses of kernel symbols: they change with every boot, so only a live host has them. */
export interface KernelSymbols {
  /** 0 addresses (kptr_restrict) count as unknown. */
  address(name: string): bigint | undefined;
  /** Bytes to the next symbol of code: where a function ends at the latest. */
  sizeOf(name: string): number | undefined;
}

/** What bpf_get_ns_current_pid_tgid knows a pid namespace by. */
export interface PidNamespace {
  readonly device: bigint;
  readonly inode: bigint;
}

/** What the kernel can do. Each name says which way of working it opens; the comment says since when. */
export interface TargetFeatures {
  /** BPF_MAP_TYPE_RINGBUF, 5.8. */
  readonly ringbuf: boolean;
  /** A kprobe PMU. Depends on the configuration. */
  readonly kprobe: boolean;
  /** A uprobe PMU. Depends on the configuration. */
  readonly uprobe: boolean;
  /** fentry and fexit programs on kernel functions: BPF trampolines (5.5) over ftrace direct calls. */
  readonly fentry: boolean;
  /** BPF_TRACE_KPROBE_MULTI, 5.18. */
  readonly kprobeMulti: boolean;
  /** BPF_TRACE_KPROBE_SESSION, 6.10. */
  readonly kprobeSession: boolean;
  /** BPF_TRACE_UPROBE_MULTI, 6.6. */
  readonly uprobeMulti: boolean;
  /** BPF raw tracepoint programs with typed arguments (`tp_btf`), 5.5. */
  readonly tpBtf: boolean;
  /** bpf_loop, 5.17. */
  readonly bpfLoop: boolean;
  /** bpf_for_each_map_elem, 5.13. */
  readonly forEachMapElem: boolean;
  /** bpf_get_attach_cookie, 5.15. */
  readonly cookie: boolean;
  /** bpf_get_func_ip, 5.15. */
  readonly getFuncIp: boolean;
  /** bpf_strncmp, 5.17. */
  readonly strncmp: boolean;
  /** bpf_probe_read_kernel and its user and string kin, 5.5. */
  readonly probeReadKernel: boolean;
  /** bpf_get_current_task_btf, 5.11. */
  readonly currentTaskBtf: boolean;
  /** bpf_ktime_get_boot_ns, 5.8. */
  readonly ktimeBoot: boolean;
  /** bpf_ktime_get_tai_ns, 6.1. */
  readonly ktimeTai: boolean;
  /** bpf_get_ns_current_pid_tgid, 5.7. */
  readonly nsPidTgid: boolean;
  /** bpf_d_path, 5.10. */
  readonly dPath: boolean;
  /** bpf_map_lookup_percpu_elem, 5.19. */
  readonly mapLookupPercpu: boolean;
  /** bpf_get_current_cgroup_id, 4.18. */
  readonly cgroupId: boolean;
  /** bpf_skc_to_* and friends are not listed: ask `hasHelper`. BPF_MAP_*_BATCH commands, 5.6. */
  readonly mapBatch: boolean;
  /** Instruction set v3: 32-bit jumps, 5.1. */
  readonly cpuV3: boolean;
  /** Atomic fetch, exchange and compare-exchange, 5.12. */
  readonly atomics: boolean;
  /** Instruction set v4: signed division, sign-extending loads and moves, byte swaps, long jumps, 6.6. */
  readonly cpuV4: boolean;
  /** Loops proven to end, 5.3. */
  readonly boundedLoops: boolean;
  /** bpf_get_current_comm() fills what is left of the 16 bytes with NULs: 6.12 does, 6.1 does not. */
  readonly commPadded: boolean;
}

/** A function of the kernel as BTF describes it. */
export interface KernelFunction {
  /** `vmlinux` or the module. */
  readonly module: string;
  /** The view `id` is of. */
  readonly btf: BtfView;
  /** A `func`. */
  readonly id: BtfTypeId;
}

export interface Target {
  /** Where the value came from: for messages only. */
  readonly origin: "host" | "profile";
  readonly arch: ArchName;
  readonly kernel: KernelVersion;
  /** False when the target has no BTF at all; then `btf` is an empty view. */
  readonly hasBtf: boolean;
  /** Types of the kernel itself. */
  readonly btf: BtfView;
  /** Types of a module on top of the kernel's: ids below `btf.typeCount` are the same types. */
  moduleBtf(module: string): BtfView | undefined;
  /** Loaded modules that carry BTF. */
  modules(): readonly string[];
  /** Is a module loaded, with BTF or without? True when the target cannot tell. */
  hasModule(module: string): boolean;
  /** BPF programs that run now and have types: `id` and the name of their main function. */
  bpfPrograms(): readonly { readonly id: number; readonly name: string }[];

  tracepointFormat(category: string, event: string): TracepointFormat | undefined;
  /** Sorted `category:event` names. */
  listTracepoints(): readonly string[];

  /** Sorted names of a module's (or `vmlinux`'s) raw tracepoints: those with a `btf_trace_<name>` typedef. */
  listRawTracepoints(module: string): readonly string[];
  /**
   * Arguments of a raw tracepoint of a module (`vmlinux` if not given), named and typed, without the leading
   * `void *__data`. Ids are of `btf` or `moduleBtf(module)`.
   */
  rawTracepointArgs(name: string, module?: string): readonly BtfParam[] | undefined;

  functions(): KernelFunctions;
  readonly features: TargetFeatures;
  /** False where the kernel is locked down to confidentiality: no program may read its memory by helpers then. */
  readonly readsKernelMemory: boolean;
  /** Has the kernel this helper? Name without prefix: `get_func_ip`. */
  hasHelper(name: string): boolean;
  /** The BTF function of this name, of the kernel or a loaded module, that programs may be able to call. */
  kfunc(name: string): KernelFunction | undefined;
  readonly symbols: KernelSymbols | undefined;

  /**
   * The pid namespace of the process that compiles, if it is not the initial one: what `pid` counts in. Only a live
   * host has one.
   */
  readonly pidNamespace: PidNamespace | undefined;
  /** Id of the cgroup (version 2) at a path; undefined if there is none, or on a profile. */
  cgroupId(path: string): bigint | undefined;

  /** Possible CPUs: rows of a per-CPU map value. */
  readonly cpuCount: number;
  /** Bytes. */
  readonly pageSize: number;
  /** Timer ticks a second (CONFIG_HZ), when known. */
  readonly hz: number | undefined;
}
