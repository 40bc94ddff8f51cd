/** What changes the traced program. */
import type { TypedExpression } from "../../check/typed-program.js";
import { printType } from "../../types/print.js";
import { uint32, uint64, voidType } from "../../types/type.js";
import type { BuiltinEntry, CallSite } from "../builtin.js";
import { SIGNALS } from "../probes/special.js";

/** Where there is a process to send to. */
const SIGNALLING: ReadonlySet<string> = new Set([
  "kprobe",
  "kretprobe",
  "uprobe",
  "uretprobe",
  "usdt",
  "tracepoint",
  "profile",
  "fentry",
  "fexit",
  "rawtracepoint",
]);
/** SIGRTMAX of include/uapi/asm-generic/signal.h. */
const GREATEST_SIGNAL = 64n;

/** The signal's number, if it is written in the script. */
function literalSignal(site: CallSite): bigint | "other" | undefined {
  const text = site.textIf(0);
  if (text !== undefined && !/^\d+$/.test(text)) {
    const number = SIGNALS[text.startsWith("SIG") ? text : `SIG${text}`];
    return number === undefined
      ? site.error("TB3004", `Invalid string for signal: ${text}`, site.spanOf(0))
      : BigInt(number);
  }
  const number = text === undefined ? site.integerIf(0) : BigInt(text);
  if (number === undefined) return "other";
  return number >= 1n && number <= GREATEST_SIGNAL
    ? number
    : site.error(
        "TB3004",
        `${site.name}() accepts a string literal or an integer between 1 and ${GREATEST_SIGNAL} (inclusive)`,
        site.spanOf(0),
      );
}

function signal(name: "signal" | "signal_thread", doc: string): BuiltinEntry {
  return {
    name,
    kind: "function",
    signatures: [`void ${name}(const string name)`, `void ${name}(uint32 number)`],
    arity: [1, 1],
    where: {
      words: "probes that fire in a process",
      allows: ({ type }) => SIGNALLING.has(type),
      says: ({ type }) => `${name}() can not be used for this probetype ${type}`,
    },
    unsafe: `${name}() is unsafe. To use you need the --unsafe flag`,
    doc,
    example: `tracepoint:syscalls:sys_enter_execve /comm == "victim"/ { ${name}("KILL"); }`,
    rule: (site) => {
      const number = literalSignal(site);
      if (number === undefined) return undefined;
      if (number !== "other") return site.call(voidType, { args: [site.constant(number, uint32)] });
      const value = site.value(0);
      if (value === undefined) return undefined;
      if (value.type.kind !== "int" && value.type.kind !== "enum") {
        return site.error("TB3004", `${name}() accepts a string literal or an integer`, site.spanOf(0));
      }
      return site.call(voidType, { args: [site.convert(value, uint32)] });
    },
  };
}

export const controlFunctions: readonly BuiltinEntry[] = [
  signal("signal", "Sends a signal to the traced process."),
  signal("signal_thread", "Sends a signal to the traced thread."),
  {
    name: "override",
    kind: "function",
    signatures: ["void override(uint64 result)"],
    arity: [1, 1],
    unsafe: "override() is unsafe. To use you need the --unsafe flag",
    where: {
      words: "kprobe",
      allows: (probe) => probe.type === "kprobe",
      says: () => "override() can only be used inside kprobes",
    },
    doc: "Makes the traced function return a value without running.",
    example: 'kprobe:__x64_sys_getuid /comm == "id"/ { override(1); }',
    rule: (site: CallSite): TypedExpression | undefined => {
      const value = site.value(0);
      if (value === undefined) return undefined;
      if (value.type.kind !== "int" && value.type.kind !== "enum") {
        return site.error(
          "TB3004",
          `override() only supports int arguments (${printType(value.type)} provided)`,
          site.spanOf(0),
        );
      }
      return site.call(voidType, { args: [site.convert(value, uint64)] });
    },
  },
];
