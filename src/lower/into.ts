/** Expressions written to memory: whole values, padding zeroed, strings filled up with NULs. */
import type { TypedExpression } from "../check/typed-program.js";
import { lowerings } from "../lang/lowering/index.js";
import type { Memory } from "../lang/lowering/context.js";
import { tupleLayout, sizeOf } from "../types/layout.js";
import type { Type } from "../types/type.js";
import { missing } from "./expressions.js";
import type { FunctionLowering } from "./function.js";
import { elementTypes } from "./locate.js";
import { mapValueInto } from "./map-read.js";
import {
  copyFrom,
  loadScalar,
  readRemote,
  shifted,
  storeBytes,
  storeScalar,
  storeUnit,
  zero,
} from "./memory.js";
import { isScalar, isSigned } from "./scalars.js";

/** Literals up to so many bytes are stored word by word; longer ones are copied from `.rodata`. */
const INLINE_LITERAL = 64;

export function into(f: FunctionLowering, e: TypedExpression, to: Memory): void {
  if (isScalar(e.type)) return scalarInto(f, e, to);
  switch (e.kind) {
    case "string":
      return literal(f, e.bytes, sizeOf(e.type), to);
    case "map":
      return mapValueInto(f, e, to);
    case "tuple":
      return tuple(f, e, to);
    case "convert":
      return convertInto(f, e.value, e.type, to);
    case "ternary":
      return f.when(
        f.scalar(e.condition),
        () => f.into(e.then, to),
        () => f.into(e.otherwise, to),
      );
    case "call":
      return call(f, e, to);
    case "block":
      f.statements(e.body);
      return f.into(e.result, to);
    case "local":
    case "dereference":
    case "field":
    case "index":
    case "element":
      return copyFrom(f, to, f.locate(e), e.type);
    default:
      throw new Error(`${e.kind} has no value in memory`);
  }
}

/** A number that a helper reads from elsewhere is read to where it is wanted: nobody looks at it on the way. */
function scalarInto(f: FunctionLowering, e: TypedExpression, to: Memory): void {
  if (!isReadWhole(e)) return storeScalar(f, to, e.type, f.scalar(e));
  const from = f.locate(e);
  if (from.kind === "remote") readRemote(f, to, sizeOf(e.type), from);
  else storeScalar(f, to, e.type, loadScalar(f, from, e.type));
}

function isReadWhole(e: TypedExpression): boolean {
  if (e.kind === "dereference" || e.kind === "index") return true;
  return e.kind === "field" && e.member.bitfield === undefined && e.member.dataLoc === undefined;
}

function call(f: FunctionLowering, e: TypedExpression & { readonly kind: "call" }, to: Memory): void {
  const entry = lowerings.get(e.call.name);
  if (entry?.into !== undefined) entry.into(f, e.call, e, to);
  else missing(e);
}

function literal(f: FunctionLowering, bytes: Uint8Array, size: number, to: Memory): void {
  const whole = new Uint8Array(size);
  whole.set(bytes.subarray(0, size - 1));
  if (size <= INLINE_LITERAL) return storeBytes(f, to, whole);
  const used = Math.min(size, Math.ceil((bytes.length + 1) / 8) * 8);
  storeBytes(f, to, whole.subarray(0, used));
  zero(f, shifted(to, used), size - used);
}

function tuple(f: FunctionLowering, e: TypedExpression & { readonly kind: "tuple" }, to: Memory): void {
  const types = elementTypes(e.type);
  const layout = tupleLayout(types);
  e.elements.forEach((element, i) => {
    const at = shifted(to, layout.offsets[i] ?? 0);
    elementInto(f, element, at, (layout.offsets[i + 1] ?? layout.size) - (layout.offsets[i] ?? 0));
  });
}

/** An element and the padding behind it, `room` bytes in all. */
function elementInto(f: FunctionLowering, e: TypedExpression, to: Memory, room: number): void {
  const size = sizeOf(e.type);
  const wider = ([8, 4, 2] as const).find((each) => each <= room && each <= to.align);
  if (isScalar(e.type) && !isSigned(e.type) && wider !== undefined && wider > size) {
    // Extended by zeroes to 64 bits, the number brings padding with it.
    storeUnit(f, to, wider, f.scalar(e));
    return zero(f, shifted(to, wider), room - wider);
  }
  f.into(e, to);
  zero(f, shifted(to, size), room - size);
}

function convertInto(f: FunctionLowering, value: TypedExpression, type: Type, to: Memory): void {
  if (value.type.kind === "tuple" || value.type.kind === "record") {
    if (type.kind === "tuple" || type.kind === "record") return convertTuple(f, value, type, to);
  }
  if (type.kind === "array" && isScalar(value.type)) return storeScalar(f, to, value.type, f.scalar(value));
  resize(f, value, type, to);
}

/** Strings and buffers of another size: what fits, then zeroes. */
function resize(f: FunctionLowering, value: TypedExpression, type: Type, to: Memory): void {
  const [from, size] = [sizeOf(value.type), sizeOf(type)];
  if (value.kind === "string") return literal(f, value.bytes, size, to);
  if (from <= size) {
    f.into(value, to);
    return zero(f, shifted(to, from), size - from);
  }
  f.copy(to, f.memory(value), size);
  // A string that was cut still ends.
  if (type.kind === "string") zero(f, shifted(to, size - 1), 1);
}

function convertTuple(f: FunctionLowering, value: TypedExpression, type: Type, to: Memory): void {
  const types = elementTypes(type);
  const layout = tupleLayout(types);
  zero(f, to, layout.size);
  const whole: TypedExpression =
    value.kind === "tuple" || value.kind === "local" || value.kind === "map" ? value : parked(f, value);
  elementTypes(value.type).forEach((from, i) => {
    const place = placeOfField(value.type, type, i);
    const target = types[place];
    if (target === undefined) return;
    const element: TypedExpression =
      whole.kind === "tuple" && whole.elements[i] !== undefined
        ? whole.elements[i]
        : { kind: "element", tuple: whole, index: i, type: from, span: value.span };
    f.into(
      { kind: "convert", value: element, type: target, span: value.span },
      shifted(to, layout.offsets[place] ?? 0),
    );
  });
}

/** Where a field stands in a record whose fields may have another order; elements of tuples keep their place. */
function placeOfField(from: Type, to: Type, index: number): number {
  if (from.kind !== "record" || to.kind !== "record") return index;
  return to.fields.findIndex(({ name }) => name === from.fields[index]?.name);
}

/** Evaluates once what is then taken apart: the value moves to memory, and a pointer expression names it. */
function parked(f: FunctionLowering, value: TypedExpression): TypedExpression {
  const at = f.memory(value);
  const local = f.locals.bindMemory(at);
  return { kind: "local", local, type: value.type, span: value.span };
}
