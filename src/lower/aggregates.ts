/** `@a[k] = count()` and its like: adding to this CPU's row. */
import { assertNever } from "../base/assert-never.js";
import type { TypedExpression, TypedStatement } from "../check/typed-program.js";
import type { ValueId } from "../ir/ir.js";
import type { Memory } from "../lang/lowering/context.js";
import { histBuckets, lhistBuckets } from "../types/buckets.js";
import type { Aggregate } from "../types/type.js";
import { beats } from "./aggregate-read.js";
import type { FunctionLowering } from "./function.js";
import { withElement } from "./map-access.js";
import { histIndex, lhistIndex } from "./histogram.js";
import { epoch, record } from "./time-series.js";

type AggregateStatement = TypedStatement & { readonly kind: "aggregate" };

export function aggregate(f: FunctionLowering, s: AggregateStatement): void {
  const plan = f.map(s.map);
  if (plan.value.kind !== "aggregate") throw new Error(`${plan.symbol} is no aggregation`);
  const a = plan.value.aggregate;
  // Operands first: they may look up maps themselves, and the row's pointer is then used at once.
  const values = operands(f, a, s.args);
  withElement(f, plan, s.key, (row) => add(f, a, row, values), firstRow(f, a, values));
}

/** How a row looks after its first value; undefined for rows too large to be written whole. */
function firstRow(f: FunctionLowering, a: Aggregate, values: readonly ValueId[]): (() => Memory) | undefined {
  const { b } = f;
  const [value] = values;
  switch (a.function) {
    case "count":
      return () => f.constant(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0));
    case "sum":
    case "avg":
    case "stats":
    case "min":
    case "max":
      // A sum; or a sum and how many; or an extreme and that it is set.
      return () => {
        const row = f.temp(a.function === "sum" ? 8 : 16);
        b.store(row.base, row.offset, 8, value ?? b.constInt(0));
        if (a.function !== "sum") b.store(row.base, row.offset + 8, 8, b.constInt(1));
        return row;
      };
    case "hist":
    case "lhist":
    case "tseries":
      return undefined;
  }
}

function operands(f: FunctionLowering, a: Aggregate, args: readonly TypedExpression[]): readonly ValueId[] {
  const [value, ...rest] = args.map((arg) => f.scalar(arg));
  if (value === undefined) return [];
  if (a.function === "hist") return [histIndex(f, value, a.bits), ...rest];
  if (a.function === "lhist") return [lhistIndex(f, value, a), ...rest];
  if (a.function === "tseries") return [value, ...epoch(f, a, rest)];
  return [value, ...rest];
}

function add(f: FunctionLowering, a: Aggregate, row: Memory, values: readonly ValueId[]): void {
  const { b } = f;
  const value = values[0] ?? b.constInt(1);
  switch (a.function) {
    case "count":
      return bump(f, row.base, 0, b.constInt(1));
    case "sum":
      return bump(f, row.base, 0, value);
    case "avg":
    case "stats":
      bump(f, row.base, 0, value);
      return bump(f, row.base, 8, b.constInt(1));
    case "min":
    case "max":
      return extreme(f, row.base, value, a.function, a.signed);
    case "hist":
      return bucket(f, row.base, value, histBuckets(a.bits), values[1]);
    case "lhist":
      return bucket(f, row.base, value, lhistBuckets(a.min, a.max, a.step), values[1]);
    case "tseries":
      return record(f, a, row.base, values);
  }
  return assertNever(a);
}

function bump(f: FunctionLowering, base: ValueId, offset: number, by: ValueId): void {
  f.b.store(base, offset, 8, f.b.arith("add", f.b.load(base, offset, 8), by));
}

/** {value, is_set}: the first value always counts. */
function extreme(
  f: FunctionLowering,
  row: ValueId,
  value: ValueId,
  kind: "min" | "max",
  signed: boolean,
): void {
  const { b } = f;
  const [store, compare, done] = [b.newBlock(), b.newBlock(), b.newBlock()];
  b.branchIf(b.load(row, 8, 8), compare, store);
  b.setBlock(compare);
  b.branch(beats(kind, signed), value, b.load(row, 0, 8), store, done);
  b.setBlock(store);
  b.store(row, 0, 8, value);
  b.store(row, 8, 8, b.constInt(1));
  b.jump(done);
  b.setBlock(done);
}

/** The comparison is never false; it shows the verifier that the bucket lies within the value. */
function bucket(
  f: FunctionLowering,
  row: ValueId,
  index: ValueId,
  buckets: number,
  weight: ValueId | undefined,
): void {
  const { b } = f;
  const [inside, done] = [b.newBlock(), b.newBlock()];
  b.branch("ult", index, b.constInt(buckets), inside, done);
  b.setBlock(inside);
  const at = b.ptrAdd(row, b.arith("shl", index, b.constInt(3)));
  bump(f, at, 0, weight ?? b.constInt(1));
  b.jump(done);
  b.setBlock(done);
}
