/** Finding, making and writing the elements of maps. */
import { UPDATE } from "../bpf/constants.js";
import type { TypedExpression } from "../check/typed-program.js";
import type { ValueId } from "../ir/ir.js";
import { irNullable, irPtr } from "../ir/types.js";
import type { MapPlan, Memory } from "../lang/lowering/context.js";
import { sizeOf } from "../types/layout.js";
import { fail } from "./failures.js";
import type { FunctionLowering } from "./function.js";
import { zero } from "./memory.js";
import { SET_FLAG } from "./map-plan.js";
import { isScalar } from "./scalars.js";

/** The key in memory that helpers may read. Keyless maps have the one key 0. */
export function keyMemory(f: FunctionLowering, plan: MapPlan, key: TypedExpression | undefined): Memory {
  if (key === undefined || plan.key === undefined) {
    const at = f.temp(8);
    f.b.store(at.base, at.offset, 4, f.b.constInt(0));
    return at;
  }
  // A local in memory is laid out as a key already; so is the key of the element a loop is at.
  if (key.kind === "local" && f.locals.binding(key.local).kind === "memory") return f.memory(key);
  if (key.kind === "element" && key.tuple.kind === "local" && key.index === 0) {
    const binding = f.locals.binding(key.tuple.local);
    if (binding.kind === "pair") return binding.key();
  }
  const at = f.temp(sizeOf(plan.key));
  f.into(key, at);
  return at;
}

/** The element's value, or null. */
export function lookup(f: FunctionLowering, plan: MapPlan, key: Memory): ValueId {
  const args = [f.b.mapRef(plan.symbol), f.address(key)];
  return f.b.helper("map_lookup_elem", args, irNullable("map_value"));
}

export function valueAt(base: ValueId): Memory {
  return { kind: "memory", base, offset: 0, align: 8 };
}

/** The one value of a map kept in an array for all CPUs. */
export function globalValue(f: FunctionLowering, plan: MapPlan): Memory {
  return valueAt(f.b.mapValueAddr(plan.symbol));
}

/**
 * Works on the element of this key, made first if there is none: with zeroes, by BPF_NOEXIST, so that of two
 * CPUs that race one wins and both then find the element. A full map refuses; that is noted, and `use` is
 * left out. Where each CPU has its own row nobody else writes it: `first` may then make the row as `use` would leave
 * it, and one insertion does for insertion, lookup and use.
 */
export function withElement(
  f: FunctionLowering,
  plan: MapPlan,
  key: TypedExpression | undefined,
  use: (value: Memory) => void,
  first?: () => Memory,
): void {
  if (plan.storage === "global") {
    use(globalValue(f, plan));
    return markGlobalSet(f, plan);
  }
  const { b } = f;
  const at = f.key(plan, key);
  const found = b.newBlock([irPtr("map_value")]);
  const missing = b.newBlock();
  const join = b.newBlock();
  const known = lookup(f, plan, at);
  b.branch("ne", known, b.constInt(0), { block: found, args: [known] }, missing);
  b.setBlock(missing);
  if (first !== undefined && plan.storage === "percpu_hash") {
    insertOrFail(f, plan, at, first());
  } else if (plan.storage !== "own") {
    const failed = insert(f, plan, at, f.zeroes(plan.valueSize), UPDATE.noexist);
    const second = lookup(f, plan, at);
    const full = b.newBlock();
    b.branch("ne", second, b.constInt(0), { block: found, args: [second] }, full);
    b.setBlock(full);
    fail(f, { helper: "map_update_elem" }, b.place, failed);
  }
  b.jump(join);
  b.setBlock(found);
  const [pointer] = b.blockParams(found);
  if (pointer !== undefined) {
    use(valueAt(pointer));
    if (plan.flagged) markSet(f, pointer, plan.valueSize - SET_FLAG);
  }
  b.jump(join);
  b.setBlock(join);
}

/** Writes the element whether or not there is one; a full map refuses, which is noted. */
function insertOrFail(f: FunctionLowering, plan: MapPlan, key: Memory, value: Memory): void {
  const failed = insert(f, plan, key, value, UPDATE.any);
  f.when(failed, () => fail(f, { helper: "map_update_elem" }, f.b.place, failed));
}

function insert(f: FunctionLowering, plan: MapPlan, key: Memory, value: Memory, flags: number): ValueId {
  const { b } = f;
  const args = [b.mapRef(plan.symbol), f.address(key), f.address(value), b.constInt(flags)];
  return b.helper("map_update_elem", args);
}

/** `@a[k] = v` */
export function setMap(
  f: FunctionLowering,
  plan: MapPlan,
  key: TypedExpression | undefined,
  value: TypedExpression,
): void {
  switch (plan.storage) {
    case "global":
      return setGlobal(f, plan, value);
    case "own": {
      const from = valueMemory(f, plan, value);
      return withElement(f, plan, key, (to) => f.copy(to, from, plan.valueSize));
    }
    case "hash":
    case "percpu_hash": {
      const from = valueMemory(f, plan, value);
      insertOrFail(f, plan, f.key(plan, key), from);
    }
  }
}

/** In place, unless the new value is made of the old one. */
function setGlobal(f: FunctionLowering, plan: MapPlan, value: TypedExpression): void {
  const to = globalValue(f, plan);
  const direct = isScalar(value.type) || value.kind === "string" || value.kind === "local";
  if (direct) f.into(value, to);
  else f.copy(to, valueMemory(f, plan, value), sizeOf(value.type));
  markGlobalSet(f, plan);
}

function markGlobalSet(f: FunctionLowering, plan: MapPlan): void {
  markSet(f, f.b.mapValueAddr(plan.symbol, plan.valueSize - SET_FLAG), 0);
}

/** From now on the map prints. */
function markSet(f: FunctionLowering, base: ValueId, offset: number): void {
  f.b.store(base, offset, 8, f.b.constInt(1));
}

/** The whole value as the map keeps it, rounded up to words. */
function valueMemory(f: FunctionLowering, plan: MapPlan, value: TypedExpression): Memory {
  const { b } = f;
  const at = f.temp(plan.valueSize);
  if (isScalar(value.type)) {
    // Little-endian: the low bytes of a word are the narrower number.
    b.store(at.base, at.offset, 8, f.scalar(value));
    return at;
  }
  if (sizeOf(value.type) < plan.valueSize) zero(f, { ...at, offset: at.offset + plan.valueSize - 8 }, 8);
  f.into(value, at);
  return at;
}
