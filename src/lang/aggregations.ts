/** Functions that fill maps: `@a = count()`. */
import { uint64 } from "../types/type.js";
import type { AggregateUse, BuiltinEntry, CallSite } from "./builtin.js";

function integerOperand(
  site: CallSite,
): { readonly value: AggregateUse["args"][number]; readonly signed: boolean } | undefined {
  const value = site.value(0);
  if (value === undefined) return undefined;
  const signed =
    value.type.kind === "int" ? value.type.signed : value.type.kind === "enum" && value.type.signed;
  const wide = site.integerValue(0, signed);
  return wide === undefined ? undefined : { value: wide, signed };
}

function scalar(name: "sum" | "min" | "max" | "avg" | "stats", doc: string): BuiltinEntry {
  return {
    name,
    kind: "aggregation",
    signatures: [`${name}_t ${name}(int64 n)`],
    arity: [1, 1],
    ...(name === "stats" ? { operands: "arg2" } : {}),
    doc,
    example: `tracepoint:raw_syscalls:sys_exit { @[comm] = ${name}(args.ret); } interval:s:1 { exit(); }`,
    aggregate: (site) => {
      const operand = integerOperand(site);
      if (operand === undefined) return undefined;
      return { aggregate: { function: name, signed: operand.signed }, args: [operand.value] };
    },
  };
}

const REDUCTIONS = ["avg", "max", "min", "sum"] as const;
/** Bytes of one interval: value, meta, epoch. */
export const TSERIES_SLOT = 24;
/** A per-CPU value must fit one allocation unit (PCPU_MIN_UNIT_SIZE, include/linux/percpu.h). */
const MOST_PER_CPU = 32768;

/** How the values of one interval become one. */
function reduction(site: CallSite): (typeof REDUCTIONS)[number] | "none" | undefined {
  if (site.args.length < 4) return "none";
  const word = site.text(3);
  if (word === undefined) return undefined;
  const known = REDUCTIONS.find((each) => each === word);
  return (
    known ??
    site.error(
      "TB3008",
      `tseries() expects one of the following aggregation functions: ${REDUCTIONS.join(", ")} ("${word}" provided)`,
      site.spanOf(3),
    )
  );
}

function timeSeries(site: CallSite): AggregateUse | undefined {
  const operand = integerOperand(site);
  const [interval, intervals, reduce] = [site.integer(1), site.integer(2), reduction(site)];
  if (operand === undefined || interval === undefined || intervals === undefined || reduce === undefined)
    return undefined;
  const refuse = (message: string, index: number): undefined =>
    site.error("TB3008", `tseries() ${message}`, site.spanOf(index));
  if (interval <= 0n) return refuse(`interval_ns must be >= 1 (${interval} provided)`, 1);
  if (intervals <= 0n) return refuse(`num_intervals must be >= 1 (${intervals} provided)`, 2);
  if (intervals > 1_000_000n) return refuse(`num_intervals must be < 1000000 (${intervals} provided)`, 2);
  if (Number(intervals) * TSERIES_SLOT > MOST_PER_CPU) {
    const most = Math.floor(MOST_PER_CPU / TSERIES_SLOT);
    const message = `tseries() keeps at most ${most} intervals: a value of a per-CPU map has room for ${MOST_PER_CPU} bytes`;
    return site.error("TB5011", message, site.spanOf(2), "use longer intervals");
  }
  if (!site.unstable("tseries", "unstable_tseries")) return undefined;
  const clock = site.config.variables.get("dummy_ts_map");
  const time =
    typeof clock === "string" && clock !== ""
      ? site.scalarMap(clock)
      : site.call(uint64, { text: "sw_tai" }, "nsecs");
  if (time === undefined) return undefined;
  return {
    aggregate: {
      function: "tseries",
      intervalNs: interval,
      intervals: Number(intervals),
      reduce,
      signed: operand.signed,
    },
    args: [operand.value, site.convert(time, uint64)],
  };
}

export const aggregations: readonly BuiltinEntry[] = [
  {
    name: "count",
    operands: "",
    kind: "aggregation",
    signatures: ["count_t count()"],
    arity: [0, 0],
    doc: "Counts how often it is reached.",
    example: "tracepoint:raw_syscalls:sys_enter { @[comm] = count(); } interval:s:1 { exit(); }",
    aggregate: () => ({ aggregate: { function: "count" }, args: [] }),
  },
  scalar("sum", "Sums values."),
  scalar("min", "Keeps the least value."),
  scalar("max", "Keeps the greatest value."),
  scalar("avg", "Averages values."),
  scalar("stats", "Count, average and total of values; `print(@s[key])` prints those of one key."),
  {
    name: "hist",
    kind: "aggregation",
    signatures: ["hist_t hist(int64 n [, int64 bits])"],
    arity: [1, 2],
    doc: "Histogram by powers of two, each divided into 2^bits.",
    example: "tracepoint:raw_syscalls:sys_exit { @ = hist(args.ret); } interval:s:1 { exit(); }",
    aggregate: (site) => {
      const operand = integerOperand(site);
      const bits = site.args.length > 1 ? site.integer(1) : 0n;
      if (operand === undefined || bits === undefined) return undefined;
      if (bits < 0n || bits > 5n) {
        return site.error("TB3008", `hist: bits ${bits} must be 0..5`, site.spanOf(1));
      }
      return { aggregate: { function: "hist", bits: Number(bits) }, args: [operand.value] };
    },
  },
  {
    name: "lhist",
    operands: "rand %10, 0, 10, 1",
    kind: "aggregation",
    signatures: ["lhist_t lhist(int64 n, int64 min, int64 max, int64 step)"],
    arity: [4, 4],
    doc: "Histogram with buckets of one size.",
    example: "interval:ms:1 { @ = lhist(rand % 10, 0, 10, 1); } interval:s:1 { exit(); }",
    aggregate: (site) => {
      const operand = integerOperand(site);
      const [min, max, step] = [site.integer(1), site.integer(2), site.integer(3)];
      if (operand === undefined || min === undefined || max === undefined || step === undefined)
        return undefined;
      if (step <= 0n)
        return site.error("TB3008", `lhist() step must be >= 1 (${step} provided)`, site.spanOf(3));
      if (min > max) {
        return site.error("TB3008", `lhist() min must be less than max (provided min ${min} and max ${max})`);
      }
      const buckets = (max - min) / step;
      if (buckets > 1000n) {
        return site.error("TB3008", `lhist() too many buckets, must be <= 1000 (would need ${buckets})`);
      }
      if (step > max - min) {
        return site.error(
          "TB3008",
          `lhist() step is too large for the given range (provided step ${step} for range ${max - min})`,
        );
      }
      return { aggregate: { function: "lhist", min, max, step }, args: [operand.value] };
    },
  },
  {
    name: "tseries",
    operands: "rand %10, 10s, 1",
    kind: "aggregation",
    signatures: [
      "tseries_t tseries(int64 n, const uint64 interval_ns, const int64 intervals)",
      "tseries_t tseries(int64 n, const uint64 interval_ns, const int64 intervals, const string reduce)",
    ],
    arity: [3, 4],
    doc: "Series of values over time; those of one interval become one: the last, or as avg, max, min or sum say.",
    example: "interval:ms:100 { @ = tseries(rand % 10, 100ms, 20); } interval:s:2 { exit(); }",
    aggregate: timeSeries,
  },
];
