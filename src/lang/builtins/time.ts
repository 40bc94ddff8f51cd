/** Clocks and dates. */
import { uint64, voidType } from "../../types/type.js";
import type { BuiltinEntry } from "../builtin.js";
import { plain } from "./entry.js";

const CLOCKS = ["boot", "monotonic", "tai", "sw_tai"] as const;
type Clock = (typeof CLOCKS)[number];

function clockOf(word: string | undefined): Clock | undefined {
  return CLOCKS.find((clock) => clock === word);
}

export const timeBuiltins: readonly BuiltinEntry[] = [
  {
    name: "nsecs",
    kind: "variable",
    signatures: ["uint64 nsecs", "uint64 nsecs(boot | monotonic | tai | sw_tai)"],
    arity: [0, 1],
    doc: "Nanoseconds of a clock; of the one that counts suspended time too if none is named.",
    example: "interval:s:1 { print(nsecs); exit(); }",
    rule: (site) => {
      const clock = site.args.length === 0 ? "boot" : clockOf(site.word(0));
      if (clock === undefined) {
        const word = site.word(0);
        const message =
          word === undefined ? "nsecs() expects a timestamp mode" : `Invalid timestamp mode: ${word}`;
        return site.error("TB3004", message, site.spanOf(0), `use one of ${CLOCKS.join(", ")}`);
      }
      if (clock === "tai" && !site.target.features.ktimeTai) {
        return site.error("TB5003", "Kernel does not support tai timestamp, please try sw_tai", site.span);
      }
      return site.call(uint64, { text: clock });
    },
  },
  plain(
    "elapsed",
    uint64,
    "uint64",
    "Nanoseconds since the script started.",
    "interval:s:1 { print(elapsed); exit(); }",
  ),
  plain(
    "jiffies",
    uint64,
    "uint64",
    "Ticks of the kernel's timer.",
    "interval:s:1 { print(jiffies); exit(); }",
    { since: "5.9" },
  ),
  {
    name: "strftime",
    kind: "function",
    signatures: ["timestamp strftime(const string format, uint64 nsecs)"],
    arity: [2, 2],
    doc: "A time of nsecs as text, for printing.",
    example: 'interval:s:1 { printf("%s\\n", strftime("%H:%M:%S", nsecs)); exit(); }',
    rule: (site) => {
      const format = site.text(0);
      const value = site.value(1);
      const time = site.integerValue(1, false);
      if (format === undefined || value === undefined || time === undefined) return undefined;
      const clock = value.kind === "call" && value.call.name === "nsecs" ? clockOf(value.call.text) : "boot";
      if (clock === "monotonic") {
        return site.error("TB3004", "strftime() can not take a monotonic timestamp", site.spanOf(1));
      }
      if (value.kind === "constant" && value.value < 0n) {
        return site.error("TB3004", "strftime() does not accept negative timestamps", site.spanOf(1));
      }
      return site.call(
        { kind: "timestamp", format, clock: clock ?? "boot" },
        { args: [site.convert(time, uint64)] },
      );
    },
  },
  {
    name: "time",
    kind: "function",
    signatures: ["void time([const string format])"],
    arity: [0, 1],
    doc: "Prints the time of day at which it is printed.",
    example: 'interval:s:1 { time("%H:%M:%S\\n"); exit(); }',
    rule: (site) => {
      const format = site.args.length === 0 ? "%H:%M:%S\n" : site.text(0);
      return format === undefined ? undefined : site.call(voidType, { text: format });
    },
  },
];
