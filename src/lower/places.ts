/** Locals and map elements as places: steps, compound assignment, addresses. */
import type { Place, TypedArithmetic, TypedExpression } from "../check/typed-program.js";
import type { ValueId } from "../ir/ir.js";
import type { MapPlan, Memory } from "../lang/lowering/context.js";
import type { Type } from "../types/type.js";
import type { FunctionLowering } from "./function.js";
import { withElement } from "./map-access.js";
import { loadScalar, storeScalar } from "./memory.js";
import { isScalar, isSigned, scalarBits, scalarSize } from "./scalars.js";

type Step = TypedExpression & { readonly kind: "step" };
type Update = TypedExpression & { readonly kind: "update" };
type Compute = (old: ValueId, value: ValueId) => ValueId;

/** What the kernel can do in one indivisible instruction; subtraction adds the negative. */
const ATOMIC: Partial<Readonly<Record<TypedArithmetic, "add" | "or" | "and" | "xor">>> = {
  "+": "add",
  "-": "add",
  "|": "or",
  "&": "and",
  "^": "xor",
};

export function setLocal(
  f: FunctionLowering,
  place: Place & { readonly kind: "local" },
  e: TypedExpression,
): void {
  const binding = f.locals.binding(place.local);
  if (binding.kind === "variable") f.b.writeVariable(binding.variable, f.scalar(e));
  else if (binding.kind !== "memory") throw new Error("the variable of a loop over a map cannot be assigned");
  else if (isScalar(e.type)) f.locals.store(place.local, binding.at(), f.scalar(e));
  else assignMemory(f, binding.at(), e);
}

/** A value made of the local itself is completed elsewhere first. */
function assignMemory(f: FunctionLowering, to: Memory, e: TypedExpression): void {
  if (e.kind !== "tuple" && e.kind !== "convert" && e.kind !== "ternary") return f.into(e, to);
  const from = f.temp(f.sizeOf(e.type));
  f.into(e, from);
  f.copy(to, from, f.sizeOf(e.type));
}

export function stepPlace(f: FunctionLowering, e: Step): ValueId {
  const by = f.b.constInt(e.step);
  // A pointer into memory of ours stays one: it moves by whole bytes.
  const next: Compute = (old, value) =>
    f.b.typeOf(old).kind === "ptr"
      ? f.b.fieldAddr(old, Number(e.step))
      : cut(f, f.b.arith("add", old, value), e.type);
  return change(f, e.target, e.type, by, "+", next, e.result);
}

export function updatePlace(f: FunctionLowering, e: Update, compute: Compute): ValueId {
  return change(f, e.target, e.type, f.scalar(e.value), e.operator, compute, "after");
}

function cut(f: FunctionLowering, value: ValueId, type: Type): ValueId {
  const bits = scalarBits(type);
  return bits === 64 ? value : f.b.extend(value, bits, isSigned(type));
}

function change(
  f: FunctionLowering,
  place: Place,
  type: Type,
  value: ValueId,
  operator: TypedArithmetic,
  compute: Compute,
  wanted: "before" | "after",
): ValueId {
  const { b } = f;
  if (place.kind === "local") {
    const binding = f.locals.binding(place.local);
    if (binding.kind === "pair") throw new Error("the variable of a loop over a map cannot be changed");
    const at = binding.kind === "memory" ? binding.at() : undefined;
    const old = binding.kind === "variable" ? b.readVariable(binding.variable) : loadAt(f, at, type);
    const fresh = compute(old, value);
    if (binding.kind === "variable") b.writeVariable(binding.variable, fresh);
    else if (at !== undefined) f.locals.store(place.local, at, fresh);
    return wanted === "before" ? old : fresh;
  }
  const result = b.declareVariable();
  b.writeVariable(result, b.constInt(0));
  withElement(f, f.map(place.map), place.key, (at) => {
    const { old, fresh } = changeShared(f, at, type, value, operator, compute);
    b.writeVariable(result, wanted === "before" ? old : fresh());
  });
  return b.readVariable(result);
}

function loadAt(f: FunctionLowering, at: Memory | undefined, type: Type): ValueId {
  if (at === undefined) throw new Error("a local without a place");
  return loadScalar(f, at, type);
}

/** Changes memory that other CPUs change too; yields the old value, and the new one if asked for. */
function changeShared(
  f: FunctionLowering,
  at: Memory,
  type: Type,
  value: ValueId,
  operator: TypedArithmetic,
  compute: Compute,
): { readonly old: ValueId; readonly fresh: () => ValueId } {
  const { b } = f;
  const size = scalarSize(type);
  const kind = ATOMIC[operator];
  if (kind !== undefined && (size === 4 || size === 8) && f.target.features.atomics) {
    const by = operator === "-" ? b.arith("sub", b.constInt(0), value) : value;
    const old = cut(f, b.atomicFetch(kind, size, at.base, at.offset, by), type);
    return { old, fresh: () => compute(old, value) };
  }
  const old = loadScalar(f, at, type);
  const fresh = compute(old, value);
  storeScalar(f, at, type, fresh);
  return { old, fresh: () => fresh };
}

export function addressOf(f: FunctionLowering, place: Place): ValueId {
  if (place.kind === "local") {
    const binding = f.locals.binding(place.local);
    if (binding.kind !== "memory") throw new Error("the address of a local without a place");
    return f.address(binding.at());
  }
  const plan = f.map(place.map);
  if (place.key === undefined && (plan.key !== undefined || plan.value.kind === "aggregate"))
    return addressOfMap(f, plan);
  if (plan.storage === "global") return f.b.mapValueAddr(plan.symbol);
  // A plain address: if there was no room for the element it is 0, which only helpers may be asked to read.
  const pointer = f.temp(8);
  f.b.store(pointer.base, pointer.offset, 8, f.b.constInt(0));
  withElement(f, plan, place.key, (at) => f.b.store(pointer.base, pointer.offset, 8, f.address(at)));
  return f.b.load(pointer.base, pointer.offset, 8);
}

/** The verifier lets nobody calculate with what it knows to be a map: read back by a helper it is a number. */
function addressOfMap(f: FunctionLowering, plan: MapPlan): ValueId {
  const [map, number] = [f.temp(8), f.temp(8)];
  f.b.store(map.base, map.offset, 8, f.b.mapRef(plan.symbol));
  f.b.helperVoid("probe_read_kernel", [f.address(number), f.b.constInt(8), f.address(map)]);
  return f.b.load(number.base, number.offset, 8);
}
