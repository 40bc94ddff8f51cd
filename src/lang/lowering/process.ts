/** Who is running: process, user, processor, cgroup. */
import type { TypedCall } from "../../check/typed-program.js";
import type { ValueId } from "../../ir/ir.js";
import { archOf } from "../../target/arch.js";
import {
  type BuiltinLowering,
  type CallExpression,
  type LoweringContext,
  type Memory,
  operand,
} from "./context.js";

/** A helper whose result is the value. */
function plain(helper: string): BuiltinLowering {
  return { scalar: (f) => f.b.helper(helper, []), straight: true };
}

/** Half of a helper's result: two ids in one word. */
function half(helper: string, which: "low" | "high"): BuiltinLowering {
  return { scalar: (f) => halfOf(f, helper, which), straight: true };
}

function halfOf(f: LoweringContext, helper: string, which: "low" | "high"): ValueId {
  const both = f.b.helper(helper, []);
  return which === "low" ? f.b.extend(both, 32, false) : f.b.arith("lshr", both, f.b.constInt(32));
}

export const processLowerings: Record<string, BuiltinLowering> = {
  // get_current_pid_tgid: tgid << 32 | pid, in the kernel's words; a process' pid is its tgid.
  pid: { scalar: (f, call) => currentId(f, call, "high"), straight: true },
  tid: { scalar: (f, call) => currentId(f, call, "low"), straight: true },
  // get_current_uid_gid: gid << 32 | uid
  uid: half("get_current_uid_gid", "low"),
  gid: half("get_current_uid_gid", "high"),
  cpu: plain("get_smp_processor_id"),
  numaid: plain("get_numa_node_id"),
  cgroup: plain("get_current_cgroup_id"),
  curtask: plain("get_current_task"),
  jiffies: plain("jiffies64"),
  rand: { scalar: (f) => f.b.extend(f.b.helper("get_prandom_u32", []), 32, false), straight: true },
  ncpus: {
    scalar: (f, call) => f.b.constInt(call.numbers?.[0] ?? BigInt(f.target.cpuCount)),
    straight: true,
  },
  comm: {
    into: (f, _call, _e, to) => {
      // Without padding what stood there before follows the name's NUL: seen on 6.1.
      if (!f.target.features.commPadded) f.b.zero(to.base, to.offset, 16);
      f.b.helperVoid("get_current_comm", [f.address(to), f.b.constInt(16)]);
    },
    straight: true,
  },
  comm_of: { into: nameOf },
  cgroup_path: { scalar: (f, call) => f.scalar(operand(call, 0)), straight: true },
  username: { scalar: (f, call) => f.scalar(operand(call, 0)), straight: true },
  cpid: { scalar: (f) => readState(f, 8), straight: true },
  usermode: { scalar: userMode, straight: true },
};

/** The process as /proc of whoever compiles calls it: symbols are looked up there. 0: it is not seen there. */
export function currentProcess(f: LoweringContext): ValueId {
  const own = f.target.pidNamespace;
  return idIn(f, own === undefined ? [] : [own.device, own.inode], "high");
}

/** include/linux/sched.h */
const TASK_COMM_LEN = 16;
const NO_SUCH_PROCESS = new TextEncoder().encode("N/A");

/** The kernel counts a reference to the task, which is given back whatever was read of it. */
function nameOf(f: LoweringContext, call: TypedCall, e: CallExpression, to: Memory): void {
  const { b } = f;
  const struct = call.typeOperand;
  if (struct?.kind !== "struct" || e.type.kind !== "string") throw new Error("comm_of: no struct");
  const pid = f.scalar(operand(call, 0));
  b.zero(to.base, to.offset, e.type.size);
  const task = b.kfunc("bpf_task_from_pid", [pid]);
  f.when(
    task,
    () => {
      b.helperVoid("probe_read_kernel_str", [
        f.address(to),
        b.constInt(TASK_COMM_LEN),
        f.memberAddress(task, struct, "comm"),
      ]);
      b.kfuncVoid("bpf_task_release", [task]);
    },
    () => {
      f.copy(to, f.constant(NO_SUCH_PROCESS), NO_SUCH_PROCESS.length);
      const { expandedFrom = [] } = call;
      const args = [{ ...f.number(pid), type: { kind: "int", size: 8, signed: true } as const }];
      f.send({ kind: "warnf", format: "No such process (pid=%d)", args, expandedFrom }, e.span);
    },
  );
}

/** In the namespace that `numbers` names, or in the initial one. */
function currentId(f: LoweringContext, call: TypedCall, which: "low" | "high"): ValueId {
  return idIn(f, call.numbers ?? [], which);
}

function idIn(f: LoweringContext, [device, inode]: readonly bigint[], which: "low" | "high"): ValueId {
  const { b } = f;
  if (device === undefined || inode === undefined) return halfOf(f, "get_current_pid_tgid", which);
  // struct bpf_pidns_info: pid, then tgid; it stays zero for a process the namespace does not know.
  const ids = f.temp(8);
  b.zero(ids.base, ids.offset, 8);
  b.helperVoid("get_ns_current_pid_tgid", [
    b.constInt(device),
    b.constInt(inode),
    f.address(ids),
    b.constInt(8),
  ]);
  return b.load(ids.base, ids.offset + (which === "low" ? 0 : 4), 4);
}

function readState(f: LoweringContext, offset: number): ValueId {
  const at = f.state(offset);
  return f.b.load(at.base, at.offset, 8);
}

/** The privilege level of the interrupted code: the lowest two bits of x86's cs. */
function userMode(f: LoweringContext): ValueId {
  const cs = f.b.load(f.ctx(), archOf(f.target.arch).registers.cs ?? 0, 8);
  return f.b.compare("eq", f.b.arith("and", cs, f.b.constInt(3)), f.b.constInt(3));
}
