/** Who runs: pid, tid, uid, comm and the task behind them. */
import type { TypedExpression, TypedStatement } from "../../check/typed-program.js";
import { integerOf } from "../../types/compat.js";
import { printType } from "../../types/print.js";
import { boolType, int32, intType, uint32, uint64, voidType } from "../../types/type.js";
import type { BuiltinEntry, CallSite } from "../builtin.js";
import { plain, widened } from "./entry.js";
import { isKfuncAllowed } from "./kfunc-questions.js";

const uint8 = intType(8, false);
const EVERY_SECOND = "interval:s:1";

/** `pid`, `pid(curr_ns)`, `pid(init)`. */
function id(name: "pid" | "tid", doc: string): BuiltinEntry {
  return {
    name,
    kind: "variable",
    signatures: [`uint32 ${name}`, `uint32 ${name}(curr_ns | init)`],
    arity: [0, 1],
    doc,
    example: `${EVERY_SECOND} { print(${name}); exit(); }`,
    rule: (site: CallSite) => {
      if (site.args.length > 0) {
        const space = site.word(0);
        if (space !== "curr_ns" && space !== "init") {
          return site.error(
            "TB3004",
            space === undefined
              ? `${name}() only supports curr_ns and init as the argument`
              : `Invalid PID namespace mode: ${space} (expects: curr_ns or init)`,
            site.spanOf(0),
          );
        }
        if (space === "init") return site.call(uint32);
      }
      const own = site.target.pidNamespace;
      return site.call(uint32, own === undefined ? {} : { numbers: [own.device, own.inode] });
    },
  };
}

export const processBuiltins: readonly BuiltinEntry[] = [
  id("pid", "Process id: of the thread group."),
  id("tid", "Thread id."),
  widened("uid", "User id.", `${EVERY_SECOND} { print(uid); exit(); }`),
  widened("gid", "Group id.", `${EVERY_SECOND} { print(gid); exit(); }`),
  {
    name: "comm",
    kind: "variable",
    signatures: ["string comm", "string comm(uint32 pid)"],
    arity: [0, 1],
    callDependsOn: "program type",
    doc: "Name of the thread: at most 15 bytes. With a process id (of the initial namespace): that process' name, or `N/A` and a warning if there is none; only where programs may call bpf_task_from_pid: in fentry, fexit, rawtracepoint and iter, since 6.12 also in tracepoint, profile, software and hardware probes.",
    example:
      'profile:hz:99 { print(comm); if (kfunc_allowed("bpf_task_from_pid")) { print(comm(2)); } exit(); }',
    rule: (site) => (site.args.length > 0 ? nameOf(site) : site.call({ kind: "string", size: 16 })),
  },
  widened("cpu", "Number of the CPU.", `${EVERY_SECOND} { print(cpu); exit(); }`),
  {
    name: "ncpus",
    kind: "variable",
    signatures: ["uint64 ncpus"],
    arity: [0, 0],
    doc: "How many CPUs there can be.",
    example: "begin { print(ncpus); exit(); }",
    rule: (site) => site.call(uint64, { numbers: [BigInt(site.target.cpuCount)] }),
  },
  plain(
    "cgroup",
    uint64,
    "uint64",
    "Id of the cgroup (version 2).",
    `${EVERY_SECOND} { print(cgroup); exit(); }`,
  ),
  {
    name: "curtask",
    kind: "variable",
    signatures: ["struct task_struct * curtask"],
    arity: [0, 0],
    doc: "The kernel's record of the thread.",
    example: `${EVERY_SECOND} { print(curtask.pid); exit(); }`,
    rule: (site) => {
      const task = site.kernelStruct("task_struct");
      return site.call(task === undefined ? uint64 : { kind: "pointer", to: task, space: "kernel" });
    },
  },
  widened("rand", "A random number.", `${EVERY_SECOND} { print(rand % 6); exit(); }`, {
    aliases: ["random"],
  }),
  widened("numaid", "Number of the NUMA node.", `${EVERY_SECOND} { print(numaid); exit(); }`),
  {
    name: "username",
    kind: "variable",
    signatures: ["username username"],
    arity: [0, 0],
    doc: "Name of the user.",
    example: `${EVERY_SECOND} { print(username); exit(); }`,
    rule: (site) =>
      site.call({ kind: "username" }, { args: [site.convert(site.call(uint32, {}, "uid"), uint64)] }),
  },
  {
    name: "cpid",
    kind: "variable",
    signatures: ["uint32 cpid"],
    arity: [0, 0],
    doc: "Process id of the program that -c started; a warning and 0 without one.",
    example: "begin { if (has_cpid) { print(cpid); } exit(); }",
    rule: commandId,
  },
  {
    name: "has_cpid",
    kind: "variable",
    signatures: ["bool has_cpid"],
    arity: [0, 0],
    doc: "Whether -c started a program.",
    example: "begin { print(has_cpid); exit(); }",
    rule: (site) => site.convert(site.call(uint32, {}, "cpid"), boolType),
  },
  {
    name: "usermode",
    dependsOn: "context",
    kind: "variable",
    signatures: ["uint8 usermode"],
    arity: [0, 0],
    doc: "1 if the probe interrupted code of a program, 0 if code of the kernel.",
    example: "profile:hz:99 { @[usermode] = count(); } interval:s:1 { exit(); }",
    rule: (site) => {
      if (site.target.arch !== "x86_64") {
        return site.error("TB5003", "'usermode' builtin is only supported on x86_64");
      }
      const { context } = site.probe;
      if (context === "pt_regs" || context === "perf_event") return site.call(uint8);
      // Probes without registers: those the loader runs itself count as user code, all others are the kernel's.
      return site.constant(context === "none" ? 1n : 0n, uint8);
    },
  },
  {
    name: "ppid",
    kind: "variable",
    signatures: ["uint32 ppid", "uint32 ppid(struct task_struct * task)"],
    arity: [0, 1],
    doc: "Process id of the parent.",
    example: `${EVERY_SECOND} { print(ppid); exit(); }`,
    rule: (site) => viaTask(site, ["real_parent", "tgid"]),
  },
  {
    name: "pcomm",
    kind: "variable",
    signatures: ["string pcomm", "string pcomm(struct task_struct * task)"],
    arity: [0, 1],
    doc: "Name of the parent.",
    example: `${EVERY_SECOND} { print(pcomm); exit(); }`,
    rule: (site) => viaTask(site, ["real_parent", "comm"]),
  },
  {
    name: "leader_tid",
    kind: "variable",
    signatures: ["uint32 leader_tid", "uint32 leader_tid(struct task_struct * task)"],
    arity: [0, 1],
    doc: "Thread id of the thread group's first thread.",
    example: `${EVERY_SECOND} { print(leader_tid); exit(); }`,
    rule: (site) => viaTask(site, ["group_leader", "pid"]),
  },
  {
    name: "leader_comm",
    kind: "variable",
    signatures: ["string leader_comm", "string leader_comm(struct task_struct * task)"],
    arity: [0, 1],
    doc: "Name of the thread group's first thread.",
    example: `${EVERY_SECOND} { print(leader_comm); exit(); }`,
    rule: (site) => viaTask(site, ["group_leader", "comm"]),
  },
];

/** The process of -c; the loader knows it before the first probe runs. */
function commandId(site: CallSite): TypedExpression {
  const { span } = site;
  const id = site.call(uint32, {}, "cpid");
  const text = "No child command (`-c`); cpid is zero";
  const warn = site.call(voidType, { text, args: [] }, "warnf");
  const none: TypedExpression = {
    kind: "compare",
    operator: "==",
    left: id,
    right: site.constant(0n, uint32),
    type: boolType,
    span,
  };
  const complain: TypedStatement = {
    kind: "if",
    condition: none,
    then: [{ kind: "expression", value: warn, span }],
    otherwise: [],
    span,
  };
  return { kind: "block", body: [complain], result: id, type: uint32, span };
}

/** bpftrace's size of the name of another process. */
const NAME_SIZE = 64;
const FIND_TASK = "bpf_task_from_pid";

function nameOf(site: CallSite): TypedExpression | undefined {
  const own = site.value(0);
  if (own === undefined) return undefined;
  if (integerOf(own.type) === undefined) {
    return site.error("TB3004", "Only integer supported for comm()'s pid", site.spanOf(0));
  }
  const struct = site.kernelStruct("task_struct");
  if (struct === undefined || site.target.kfunc(FIND_TASK) === undefined) {
    return site.error("TB5003", `comm(pid) needs the kernel function ${FIND_TASK} (Linux 6.2)`, site.span);
  }
  if (!isKfuncAllowed(site, FIND_TASK)) {
    return site.error(
      "TB4005",
      `Syntax comm(PID) is not supported in this probe type yet. Type: ${site.probe.type}`,
      site.span,
      "programs of this type may not call the kernel function it needs; curtask.comm and comm are everywhere",
    );
  }
  const args = [site.convert(own, int32)];
  return site.call(
    { kind: "string", size: NAME_SIZE },
    { args, typeOperand: struct, expandedFrom: site.expandedFrom },
    "comm_of",
  );
}

/** Follows members from a task: the one given, or the current one. */
function viaTask(site: CallSite, path: readonly string[]) {
  const struct = site.kernelStruct("task_struct");
  if (struct === undefined) {
    return site.error(
      "TB5002",
      `${site.name} needs the kernel's type information (BTF), which this target lacks`,
    );
  }
  const pointer = { kind: "pointer", to: struct, space: "kernel" } as const;
  const task = site.args.length > 0 ? site.value(0) : site.call(pointer, {}, "curtask");
  if (task === undefined) return undefined;
  if (task.type.kind !== "pointer") {
    return site.error(
      "TB3004",
      `${site.name}() expects a pointer to struct task_struct (${printType(task.type)} provided)`,
      site.spanOf(0),
    );
  }
  let at = site.convert(task, pointer);
  for (const name of path) {
    const next = site.field(at, name);
    if (next === undefined) return undefined;
    at = next;
  }
  return at.type.kind === "int" ? site.convert(at, uint32) : at;
}
