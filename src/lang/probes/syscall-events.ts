/**
 * Events of the category `syscalls`. The kernel makes them out of raw_syscalls (kernel/trace/trace_syscalls.c): its
 * own program on sys_enter looks up which call it is, builds a record and runs those that listen. Doing the first
 * part ourselves costs less for each event, and attaching and detaching hundreds takes no longer than one, where
 * closing a perf event waits for a grace period each time.
 */
import type { CheaperProbe } from "../provider.js";
import { archOf } from "../../target/arch.js";
import type { Target } from "../../target/target.js";
import type { StructType } from "../../types/type.js";
import { syscallNames } from "../names/syscalls.js";

/** Calls whose function in the kernel, and so their event, has another name than the table. */
const RENAMED: Readonly<Record<string, string>> = {
  newstat: "stat",
  newfstat: "fstat",
  newlstat: "lstat",
  newuname: "uname",
  umount: "umount2",
  sendfile64: "sendfile",
};

let numbers: ReadonlyMap<string, number> | undefined;

function numberOf(name: string): number | undefined {
  numbers ??= new Map(syscallNames("x86_64").map((each, number) => [each, number]));
  return numbers.get(RENAMED[name] ?? name);
}

/** Names of the probes on raw tracepoint `raw` (`sys_enter` or `sys_exit`), by the numbers of their system calls. */
export function syscallProbes(raw: string, target: Target): readonly string[] {
  const names: string[] = [];
  const prefix = `syscalls:${raw}_`;
  for (const event of target.listTracepoints()) {
    const number = event.startsWith(prefix) ? numberOf(event.slice(prefix.length)) : undefined;
    if (number !== undefined) names[number] = `tracepoint:${event}`;
  }
  return Array.from(names, (name) => name ?? "");
}

/**
 * Fields of the record that stand in registers: syscall_get_nr, syscall_get_arguments and syscall_get_return_value in
 * arch/x86/include/asm/syscall.h. The record keeps each as a whole register. Its later fields (texts) are none.
 */
function inRegisters(record: StructType | undefined, isExit: boolean): StructType | undefined {
  if (record === undefined) return undefined;
  const { registers } = archOf("x86_64");
  const numbered = record.members.findIndex(({ name }) => name === "__syscall_nr");
  const places = isExit ? ["ax"] : ["di", "si", "dx", "r10", "r8", "r9"];
  const members = record.members.slice(numbered).flatMap((member, index) => {
    const register = index === 0 ? "orig_ax" : places[index - 1];
    const offset = register === undefined ? undefined : registers[register];
    return offset === undefined || member.dataLoc !== undefined ? [] : [{ ...member, offset, index }];
  });
  return numbered < 0 ? undefined : { ...record, key: `${record.key}:registers`, members };
}

/** The event seen from raw_syscalls, for a body that reads fields in registers at most; undefined where that is not known to be the same. */
export function rawSyscall(
  event: string,
  target: Target,
  record: () => StructType | undefined,
): CheaperProbe | undefined {
  const [, way, name] = /^sys_(enter|exit)_(.+)$/.exec(event) ?? [];
  if (way === undefined || name === undefined || target.arch !== "x86_64") return undefined;
  // Registers are read by a helper, which a kernel locked down offers nobody; the record is there all the same.
  if (!target.readsKernelMemory) return undefined;
  const number = numberOf(name);
  const raw = `sys_${way}`;
  if (number === undefined || target.tracepointFormat("raw_syscalls", raw) === undefined) return undefined;
  return {
    section: "raw_tp",
    context: "raw_tracepoint",
    attach: { kind: "raw_tracepoint", name: raw, events: 1 },
    args: () => inRegisters(record(), way === "exit"),
    argsIn: "registers",
    // include/trace/events/syscalls.h: sys_enter(regs, id), sys_exit(regs, ret).
    syscall: way === "enter" ? { number, argument: 1 } : { number },
    namedBy: raw,
    batch: {
      key: raw,
      merge: (all) => ({ kind: "raw_tracepoint", name: raw, events: all.length }),
    },
  };
}
