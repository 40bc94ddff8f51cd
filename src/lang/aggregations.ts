/** Functions that fill maps: `@a = count()`. */
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
    doc,
    example: `tracepoint:raw_syscalls:sys_exit { @[comm] = ${name}(args.ret); } interval:s:1 { exit(); }`,
    aggregate: (site) => {
      const operand = integerOperand(site);
      if (operand === undefined) return undefined;
      return { aggregate: { function: name, signed: operand.signed }, args: [operand.value] };
    },
  };
}

export const aggregations: readonly BuiltinEntry[] = [
  {
    name: "count",
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
  scalar("stats", "Count, average and total of values."),
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
        return site.error("TB3008", `hist() takes 0 to 5 bits, not ${bits}`, site.spanOf(1));
      }
      return { aggregate: { function: "hist", bits: Number(bits) }, args: [operand.value] };
    },
  },
  {
    name: "lhist",
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
          `lhist() step must be less than range (provided step ${step} and range ${max - min})`,
        );
      }
      return { aggregate: { function: "lhist", min, max, step }, args: [operand.value] };
    },
  },
  {
    name: "tseries",
    kind: "aggregation",
    signatures: ["tseries_t tseries(int64 n, int64 interval_ns, int64 intervals [, string reduce])"],
    arity: [3, 4],
    doc: "Series of values over time.",
    example: "interval:ms:100 { @ = tseries(rand % 10, 100ms, 20); } interval:s:2 { exit(); }",
  },
];
