/** The world a simulated program runs in: everything a helper can ask that is not memory or a map. */

export interface Environment {
  /** CLOCK_MONOTONIC, nanoseconds. The other clocks add to it. */
  readonly monotonicNs: bigint;
  /** How far all clocks move with each look at one; zero keeps time still. */
  readonly tickNs: bigint;
  /** Suspended time: boot clock minus monotonic clock. */
  readonly suspendedNs: bigint;
  /** TAI minus monotonic clock. */
  readonly taiOffsetNs: bigint;
  readonly jiffies: bigint;
  /** Thread id, as the kernel's `pid`. */
  readonly pid: number;
  /** Process id, as the kernel's `tgid`. */
  readonly tgid: number;
  /** The same seen from a pid namespace; undefined makes get_ns_current_pid_tgid fail. */
  readonly namespace:
    | { readonly dev: bigint; readonly ino: bigint; readonly pid: number; readonly tgid: number }
    | undefined;
  readonly uid: number;
  readonly gid: number;
  readonly comm: string;
  readonly cpu: number;
  /** Possible CPUs: how many values a per-CPU map entry has. */
  readonly cpus: number;
  readonly numaNode: number;
  /** Start of the random sequence; equal seeds give equal runs. */
  readonly seed: number;
  readonly cgroupId: bigint;
  /** Cgroup ids of the ancestors, root first. */
  readonly ancestorCgroupIds: readonly bigint[];
  /** Address of the current task_struct. */
  readonly currentTask: bigint;
  /** Address of the current task's saved user registers. */
  readonly taskRegisters: bigint;
  /** Return addresses, innermost first. */
  readonly kernelStack: readonly bigint[];
  readonly userStack: readonly bigint[];
  readonly functionAddress: bigint;
  readonly attachCookie: bigint;
  readonly functionArgs: readonly bigint[];
  /** Return value of the traced function; undefined where there is none (fentry). */
  readonly functionResult: bigint | undefined;
  /** Distance between two CPUs' copies of a per-CPU variable, bytes. */
  readonly perCpuStride: bigint;
  /** Text of a `struct path` by its address, for d_path. */
  readonly paths: ReadonlyMap<bigint, string>;
  /** Samples user space has put into a user ring buffer. */
  readonly userSamples: readonly Uint8Array[];
  /** Kernel and user memory. */
  readonly memory: readonly MemoryBlock[];
  /** Pointers are BTF-typed: a direct load from an unmapped kernel address gives zero (BPF_PROBE_MEM). */
  readonly btfPointers: boolean;
  /** Kernel functions by name, beside those the machine knows. */
  readonly kfuncs: Readonly<Record<string, (...args: bigint[]) => bigint>>;
}

export interface MemoryBlock {
  readonly space: "kernel" | "user";
  readonly address: bigint;
  readonly bytes: Uint8Array;
  readonly name?: string;
}

/** A quiet machine with two CPUs; tests change what they are about. */
export const DEFAULT_ENVIRONMENT: Environment = {
  monotonicNs: 1_000_000_000n,
  tickNs: 0n,
  suspendedNs: 0n,
  taiOffsetNs: 0n,
  jiffies: 4_294_937_296n,
  pid: 1000,
  tgid: 1000,
  namespace: undefined,
  uid: 0,
  gid: 0,
  comm: "test",
  cpu: 0,
  cpus: 2,
  numaNode: 0,
  seed: 1,
  cgroupId: 1n,
  ancestorCgroupIds: [],
  currentTask: 0xffff_8880_0010_0000n,
  taskRegisters: 0xffff_c900_0000_3f58n,
  kernelStack: [],
  userStack: [],
  functionAddress: 0n,
  attachCookie: 0n,
  functionArgs: [],
  functionResult: undefined,
  perCpuStride: 0x4_0000n,
  paths: new Map(),
  userSamples: [],
  memory: [],
  btfPointers: false,
  kfuncs: {},
};

/** What a program did that can be seen from outside. */
export type Event =
  | { readonly kind: "ringbuf"; readonly map: string; readonly data: Uint8Array }
  | { readonly kind: "perf"; readonly map: string; readonly cpu: number; readonly data: Uint8Array }
  | { readonly kind: "trace"; readonly text: string }
  | { readonly kind: "signal"; readonly signal: number; readonly target: "process" | "thread" }
  | { readonly kind: "override"; readonly value: bigint }
  | { readonly kind: "userWrite"; readonly address: bigint; readonly data: Uint8Array };
