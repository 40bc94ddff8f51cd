/**
 * Events of the category `syscalls`. The kernel makes them out of raw_syscalls (kernel/trace/trace_syscalls.c): its
 * own program on sys_enter looks up which call it is, builds a record and runs those that listen. Doing the first
 * part ourselves costs less for each event, and attaching and detaching hundreds takes no longer than one, where
 * closing a perf event waits for a grace period each time.
 */
import type { CheaperProbe } from "../provider.js";
import type { Target } from "../../target/target.js";
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

/** The event seen from raw_syscalls, for a body that reads no field; undefined where that is not known to be the same. */
export function rawSyscall(event: string, target: Target): CheaperProbe | undefined {
  const [, way, name] = /^sys_(enter|exit)_(.+)$/.exec(event) ?? [];
  if (way === undefined || name === undefined || target.arch !== "x86_64") return undefined;
  const number = numberOf(name);
  const raw = `sys_${way}`;
  if (number === undefined || target.tracepointFormat("raw_syscalls", raw) === undefined) return undefined;
  return {
    section: "raw_tp",
    context: "raw_tracepoint",
    attach: { kind: "raw_tracepoint", name: raw, events: 1 },
    args: undefined,
    syscall: number,
    batch: {
      key: raw,
      merge: (all) => ({ kind: "raw_tracepoint", name: raw, events: all.length }),
    },
  };
}
