import type { Io } from "./io.js";
import { UserError } from "./load-source.js";

/** Numbers of include/uapi/linux/capability.h. */
const CAP_SYS_ADMIN = 21n;
const CAP_PERFMON = 38n;
const CAP_BPF = 39n;

/**
 * Refuses before anything is compiled: without privilege the kernel hides its tracepoints and functions too, and the
 * script would be blamed for names it spells right.
 */
export function requirePrivilege(io: Io): void {
  let status: string;
  try {
    status = new TextDecoder().decode(io.readFile("/proc/self/status"));
  } catch {
    return; // not Linux: what is missing there is told later
  }
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  if (effective === undefined) return;
  const has = (capability: bigint): boolean => ((BigInt(`0x${effective}`) >> capability) & 1n) === 1n;
  if (has(CAP_SYS_ADMIN)) return;
  for (const [name, capability] of [
    ["CAP_BPF", CAP_BPF],
    ["CAP_PERFMON", CAP_PERFMON],
  ] as const) {
    if (has(capability)) continue;
    throw new UserError(
      `Missing ${name} capability, please run tsbt as the root user.`,
      "TB6101",
      "check, build, fmt and --target need no privilege",
    );
  }
}
