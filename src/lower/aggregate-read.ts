/** An aggregation as one number: its rows of all CPUs combined. */
import { assertNever } from "../base/assert-never.js";
import type { Variable } from "../ir/builder.js";
import type { CompareOp, ValueId } from "../ir/ir.js";
import { irNullable } from "../ir/types.js";
import type { MapPlan, Memory } from "../lang/lowering/context.js";
import { uint64 } from "../types/type.js";
import type { FunctionLowering } from "./function.js";
import { shifted, storeScalar } from "./memory.js";

/**
 * Rows asked for at most. The loop ends at the first row the kernel does not have; a `build` object may meet a
 * machine with more CPUs than the one that compiled it.
 */
const MOST_CPUS = 512;

type Function = "count" | "sum" | "min" | "max" | "avg";

export function readAggregate(f: FunctionLowering, plan: MapPlan, key: Memory): ValueId {
  if (plan.value.kind !== "aggregate") throw new Error(`${plan.symbol} is no aggregation`);
  const a = plan.value.aggregate;
  switch (a.function) {
    case "count":
      return combine(f, plan, key, "count", false);
    case "sum":
    case "min":
    case "max":
    case "avg":
      return combine(f, plan, key, a.function, a.signed);
    case "stats":
    case "hist":
    case "lhist":
    case "tseries":
      throw new Error(`${a.function} has no scalar value`);
  }
  return assertNever(a);
}

function combine(f: FunctionLowering, plan: MapPlan, key: Memory, kind: Function, signed: boolean): ValueId {
  const { first, second } = rows(f, plan, key, kind, signed);
  return kind === "avg" ? average(f, first, second, signed) : first;
}

/** `to` := {count, average, total}, 8 bytes each; all 0 where there is no such key. */
export function statsInto(f: FunctionLowering, plan: MapPlan, key: Memory, to: Memory): void {
  if (plan.value.kind !== "aggregate" || plan.value.aggregate.function !== "stats")
    throw new Error(`${plan.symbol} is no stats()`);
  const { signed } = plan.value.aggregate;
  const { first: total, second: count } = rows(f, plan, key, "avg", signed);
  for (const [index, value] of [count, average(f, total, count, signed), total].entries())
    storeScalar(f, shifted(to, 8 * index), uint64, value);
}

/** By zero, BPF divides to zero. */
function average(f: FunctionLowering, total: ValueId, count: ValueId, signed: boolean): ValueId {
  return f.b.arith(signed ? "sdiv" : "udiv", total, count);
}

/** All CPUs' rows as one, {total, count} or {extreme, is_set}. */
function rows(f: FunctionLowering, plan: MapPlan, key: Memory, kind: Function, signed: boolean) {
  const { b } = f;
  const first = b.declareVariable();
  const second = b.declareVariable();
  const zero = b.constInt(0);
  b.writeVariable(first, zero);
  b.writeVariable(second, zero);
  eachRow(f, plan, key, (row) => addRow(f, kind, signed, row, first, second));
  return { first: b.readVariable(first), second: b.readVariable(second) };
}

/** `first`: sum or extreme so far; `second`: count, or whether there is an extreme yet. */
function addRow(
  f: FunctionLowering,
  kind: Function,
  signed: boolean,
  row: ValueId,
  first: Variable,
  second: Variable,
): void {
  const { b } = f;
  const value = b.load(row, 0, 8);
  if (kind !== "min" && kind !== "max") {
    b.writeVariable(first, b.arith("add", b.readVariable(first), value));
    if (kind === "avg") b.writeVariable(second, b.arith("add", b.readVariable(second), b.load(row, 8, 8)));
    return;
  }
  f.when(b.load(row, 8, 8), () => {
    const known = b.readVariable(second);
    const better = b.compare(beats(kind, signed), value, b.readVariable(first));
    const fresh = b.compare("eq", known, b.constInt(0));
    f.when(b.arith("or", better, fresh), () => b.writeVariable(first, value));
    b.writeVariable(second, b.constInt(1));
  });
}

/** The comparison by which a new value replaces the extreme. */
export function beats(kind: "min" | "max", signed: boolean): CompareOp {
  if (kind === "min") return signed ? "slt" : "ult";
  return signed ? "sgt" : "ugt";
}

function eachRow(f: FunctionLowering, plan: MapPlan, key: Memory, use: (row: ValueId) => void): void {
  const { b } = f;
  const cpu = b.declareVariable();
  const [head, body, found, done] = [b.newBlock(), b.newBlock(), b.newBlock(), b.newBlock()];
  b.writeVariable(cpu, b.constInt(0));
  const map = b.mapRef(plan.symbol);
  const address = f.address(key);
  b.jump(head);
  b.setBlock(head);
  b.branch("ult", b.readVariable(cpu), b.constInt(MOST_CPUS), body, done);
  b.setBlock(body);
  const args = [map, address, b.readVariable(cpu)];
  const row = b.helper("map_lookup_percpu_elem", args, irNullable("map_value"));
  b.branchIf(row, found, done);
  b.setBlock(found);
  use(row);
  b.writeVariable(cpu, b.arith("add", b.readVariable(cpu), b.constInt(1)));
  b.jump(head);
  b.setBlock(done);
}
