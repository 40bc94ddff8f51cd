/** Who is running: process, user, processor, cgroup. */
import type { ValueId } from "../../ir/ir.js";
import { type BuiltinLowering, type LoweringContext, operand } from "./context.js";

/** A helper whose result is the value. */
function plain(helper: string): BuiltinLowering {
  return { scalar: (f) => f.b.helper(helper, []), straight: true };
}

/** Half of a helper's result: two ids in one word. */
function half(helper: string, which: "low" | "high"): BuiltinLowering {
  const scalar = (f: LoweringContext): ValueId => {
    const both = f.b.helper(helper, []);
    return which === "low" ? f.b.extend(both, 32, false) : f.b.arith("lshr", both, f.b.constInt(32));
  };
  return { scalar, straight: true };
}

export const processLowerings: Record<string, BuiltinLowering> = {
  // get_current_pid_tgid: tgid << 32 | pid, in the kernel's words; a process' pid is its tgid.
  pid: half("get_current_pid_tgid", "high"),
  tid: half("get_current_pid_tgid", "low"),
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
  cgroupid: { scalar: (f, call) => f.b.constInt(call.numbers?.[0] ?? 0n), straight: true },
  /** The helper pads with NULs (strscpy_pad). */
  comm: {
    into: (f, _call, _e, to) => f.b.helperVoid("get_current_comm", [f.address(to), f.b.constInt(16)]),
    straight: true,
  },
  username: { scalar: (f, call) => f.scalar(operand(call, 0)), straight: true },
  cpid: { scalar: (f) => readState(f, 8), straight: true },
  usermode: { scalar: userMode, straight: true },
};

function readState(f: LoweringContext, offset: number): ValueId {
  const at = f.state(offset);
  return f.b.load(at.base, at.offset, 8);
}

/** The privilege level of the interrupted code: x86's cs, lowest two bits. Only profile-like probes have it. */
function userMode(f: LoweringContext): ValueId {
  if (f.target.arch !== "x86_64") return f.b.constInt(0);
  const cs = f.b.load(f.ctx(), 136, 8);
  return f.b.compare("eq", f.b.arith("and", cs, f.b.constInt(3)), f.b.constInt(3));
}
