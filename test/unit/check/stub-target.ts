/** A small target made by hand: no file, no kernel. Types are those the tests name. */
import {
  type BtfEnumeratorHit,
  type BtfParam,
  type BtfType,
  type BtfTypeId,
  type BtfView,
  btfTypeId,
} from "../../../src/btf/types.js";
import type { CDecl } from "../../../src/target/c-decl.js";
import type { Target, TracepointField, TracepointFormat } from "../../../src/target/target.js";

const id = btfTypeId;
const int = (
  name: string,
  size: number,
  signed: boolean,
  encoding: "none" | "char" | "bool" = "none",
): BtfType => ({
  kind: "int",
  name,
  size,
  bits: size * 8,
  offset: 0,
  signed,
  encoding,
});
const member = (name: string, type: number, bitOffset: number, bitfieldSize = 0) => ({
  name,
  type: id(type),
  bitOffset,
  bitfieldSize,
});

/** Index is the type's id. */
const TYPES: readonly BtfType[] = [
  { kind: "void" },
  int("int", 4, true), // 1
  int("char", 1, true, "char"), // 2
  int("long unsigned int", 8, false), // 3
  int("_Bool", 1, false, "bool"), // 4
  { kind: "array", element: id(2), index: id(1), length: 16 }, // 5: char[16]
  { kind: "ptr", type: id(7) }, // 6: task_struct *
  {
    kind: "struct", // 7
    name: "task_struct",
    size: 64,
    members: [
      member("pid", 1, 0),
      member("tgid", 1, 32),
      member("comm", 5, 64),
      member("real_parent", 6, 192),
      member("", 8, 256),
      member("flag_a", 1, 320, 3),
      member("flag_b", 1, 323, 29),
      member("group_leader", 6, 384),
      member("numbers", 10, 448),
    ],
  },
  {
    kind: "union", // 8
    name: "",
    size: 8,
    members: [member("whole", 3, 0), member("half", 1, 0)],
  },
  {
    kind: "enum", // 9
    name: "colour",
    size: 4,
    signed: false,
    values: [
      { name: "COLOUR_RED", value: 0n },
      { name: "COLOUR_BLUE", value: 7n },
    ],
  },
  { kind: "array", element: id(1), index: id(1), length: 2 }, // 10: int[2]
  { kind: "typedef", name: "pid_kind", type: id(1) }, // 11
  { kind: "ptr", type: id(2) }, // 12: char *
  {
    kind: "func_proto",
    ret: id(1),
    params: [
      { name: "task", type: id(6) },
      { name: "how", type: id(3) },
    ],
  }, // 13
  { kind: "func", name: "wake_task", type: id(13), linkage: "static" }, // 14
  { kind: "func_proto", ret: id(7), params: [] }, // 15: returns a struct
  { kind: "func", name: "copy_task", type: id(15), linkage: "static" }, // 16
];

function find(kinds: readonly BtfType["kind"][], name: string): BtfTypeId | undefined {
  const index = TYPES.findIndex((type) => kinds.includes(type.kind) && "name" in type && type.name === name);
  return index < 0 ? undefined : id(index);
}

const btf: BtfView = {
  typeCount: TYPES.length,
  pointerSize: 8,
  type: (at) => TYPES[at] ?? { kind: "void" },
  findStruct: (name) => find(["struct"], name),
  findUnion: (name) => find(["union"], name),
  findEnum: (name) => find(["enum"], name),
  findTypedef: (name) => find(["typedef"], name),
  findInt: (name) => find(["int"], name),
  taggedWith: () => new Set(),
  findFunction: (name) => find(["func"], name),
  findVariable: () => undefined,
  findDatasec: () => undefined,
  findEnumerator: (name): BtfEnumeratorHit | undefined => {
    for (const [index, type] of TYPES.entries()) {
      if (type.kind !== "enum") continue;
      const found = type.values.find((value) => value.name === name);
      if (found !== undefined) return { type: id(index), value: found.value };
    }
    return undefined;
  },
  functionNames: () => ["wake_task", "copy_task"],
  typeNames: () => ["task_struct", "colour", "pid_kind"],
  strip: (at) => at,
  sizeOf: () => undefined,
};

const NO_ARRAY: Pick<CDecl, "array" | "dataLoc" | "relLoc"> = {
  array: undefined,
  dataLoc: false,
  relLoc: false,
};
const number = (name: string, offset: number, size: 1 | 2 | 4 | 8, signed: boolean): TracepointField => ({
  name,
  ctype: "int",
  decl: { name, base: { kind: "int", size, signed, char: false }, pointers: 0, ...NO_ARRAY },
  offset,
  size,
  signed,
  arrayLength: undefined,
  isDataLoc: false,
  isRelLoc: false,
});
const text = (name: string, offset: number, how: "array" | "pointer" | "dataLoc"): TracepointField => ({
  name,
  ctype: "char",
  decl: {
    name,
    base: { kind: "int", size: 1, signed: true, char: true },
    pointers: how === "pointer" ? 1 : 0,
    array: how === "array" ? 16 : how === "dataLoc" ? "flexible" : undefined,
    dataLoc: how === "dataLoc",
    relLoc: false,
  },
  offset,
  size: how === "array" ? 16 : how === "pointer" ? 8 : 4,
  signed: false,
  arrayLength: how === "array" ? 16 : undefined,
  isDataLoc: how === "dataLoc",
  isRelLoc: false,
});

const EVENTS: readonly TracepointFormat[] = [
  {
    category: "raw_syscalls",
    event: "sys_enter",
    id: 1,
    fields: [
      number("common_type", 0, 2, false),
      number("id", 8, 8, true),
      { ...number("args", 16, 8, false), size: 48, arrayLength: 6 },
    ],
  },
  {
    category: "raw_syscalls",
    event: "sys_exit",
    id: 2,
    fields: [number("id", 8, 8, true), number("ret", 16, 8, true)],
  },
  {
    category: "sched",
    event: "sched_switch",
    id: 3,
    fields: [text("prev_comm", 8, "array"), number("prev_pid", 24, 4, true), text("why", 28, "dataLoc")],
  },
  {
    category: "syscalls",
    event: "sys_enter_open",
    id: 4,
    fields: [
      number("__syscall_nr", 8, 4, true),
      text("filename", 16, "pointer"),
      number("flags", 24, 8, false),
    ],
  },
  {
    category: "syscalls",
    event: "sys_enter_openat",
    id: 5,
    fields: [
      number("__syscall_nr", 8, 4, true),
      number("dfd", 16, 8, false),
      text("filename", 24, "pointer"),
    ],
  },
];

const RAW: Readonly<Record<string, readonly BtfParam[]>> = {
  sys_enter: [
    { name: "regs", type: id(12) },
    { name: "id", type: id(3) },
  ],
  sys_exit: [
    { name: "regs", type: id(12) },
    { name: "ret", type: id(3) },
  ],
  sched_switch: [
    { name: "preempt", type: id(4) },
    { name: "prev", type: id(6) },
    { name: "next", type: id(6) },
  ],
};

const FUNCTIONS: readonly string[] = ["vfs_read", "vfs_write", "wake_task", "copy_task", "event_show"];

/** A kernel that can do everything. */
export const stubTarget: Target = {
  origin: "profile",
  arch: "x86_64",
  kernel: { release: "6.12.0-test", numbers: [6, 12, 0] },
  hasBtf: true,
  btf,
  moduleBtf: () => undefined,
  pidNamespace: undefined,
  cgroupId: (path) => (path === "/sys/fs/cgroup" ? 1n : undefined),
  modules: () => [],
  hasModule: (module) => module === "vmlinux",
  readsKernelMemory: true,
  bpfPrograms: () => [
    { id: 7, name: "interval_ms_1" },
    { id: 9, name: "interval_ms_2" },
  ],
  tracepointFormat: (category, event) =>
    EVENTS.find((each) => each.category === category && each.event === event),
  listTracepoints: () => EVENTS.map((each) => `${each.category}:${each.event}`).sort(),
  listRawTracepoints: () => Object.keys(RAW).sort(),
  rawTracepointArgs: (name) => RAW[name],
  functions: () => ({
    names: FUNCTIONS,
    known: true,
    has: (name, module = "vmlinux") => module === "vmlinux" && FUNCTIONS.includes(name),
    modulesOf: () => ["vmlinux"],
    namesakes: (name) => (name === "event_show" ? 8 : 1),
  }),
  features: {
    ringbuf: true,
    kprobe: true,
    uprobe: true,
    fentry: true,
    kprobeMulti: true,
    kprobeSession: true,
    uprobeMulti: true,
    tpBtf: true,
    bpfLoop: true,
    forEachMapElem: true,
    cookie: true,
    getFuncIp: true,
    strncmp: true,
    probeReadKernel: true,
    currentTaskBtf: true,
    ktimeBoot: true,
    ktimeTai: true,
    nsPidTgid: true,
    dPath: true,
    mapLookupPercpu: true,
    cgroupId: true,
    mapBatch: true,
    cpuV3: true,
    atomics: true,
    cpuV4: false,
    boundedLoops: true,
    commPadded: true,
  },
  hasHelper: () => true,
  kfunc: () => undefined,
  symbols: { address: (name) => (name === "avenrun" ? 0xffff_ffff_8000_0000n : undefined), sizeOf: () => 64 },
  cpuCount: 4,
  pageSize: 4096,
  hz: 250,
};
