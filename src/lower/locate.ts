/** Where the value of an expression lies, without copying it if that can be. */
import type { Span } from "../base/span.js";
import type { TypedExpression } from "../check/typed-program.js";
import type { ValueId } from "../ir/ir.js";
import type { Location, Memory } from "../lang/lowering/context.js";
import { tupleLayout, sizeOf } from "../types/layout.js";
import { archOf } from "../target/arch.js";
import { type ArgumentPlace, type Type, uint64 } from "../types/type.js";
import { fail } from "./failures.js";
import type { FunctionLowering } from "./function.js";
import type { Binding } from "./locals.js";
import { locateMap } from "./map-read.js";
import { hasRelocatableSize, relocatableField, relocatableSize, type FieldRead } from "./relocatable.js";
import { copyFrom, loadScalar, shifted, zero } from "./memory.js";
import { alignAt, isScalar } from "./scalars.js";

export function locate(f: FunctionLowering, e: TypedExpression): Location {
  switch (e.kind) {
    case "dereference":
      return pointee(f, e.pointer);
    case "field":
      return field(f, e);
    case "index":
      return indexed(f, e);
    case "element":
      return element(f, e);
    case "local":
      return local(f, e);
    case "map":
      return locateMap(f, e) ?? inTemp(f, e);
    default:
      return inTemp(f, e);
  }
}

/** As `locate`, copied to memory of ours if only helpers can read it. */
export function memory(f: FunctionLowering, e: TypedExpression): Memory {
  const at = f.locate(e);
  if (at.kind === "memory") return at;
  const here = f.temp(sizeOf(e.type));
  copyFrom(f, here, at, e.type);
  return here;
}

function inTemp(f: FunctionLowering, e: TypedExpression): Memory {
  const at = f.temp(sizeOf(e.type));
  f.into(e, at);
  return at;
}

/** Constant steps of a pointer are folded into the offset: one read, no arithmetic. */
function pointee(f: FunctionLowering, pointer: TypedExpression): Location {
  if (pointer.type.kind !== "pointer") throw new Error("dereference of something that is no pointer");
  const { space, to } = pointer.type;
  let offset = 0;
  let base = pointer;
  const isFixed = !hasRelocatableSize(f, to);
  while (isFixed && base.kind === "pointer_add" && base.index.kind === "constant") {
    offset += Number(base.index.value) * Math.max(1, sizeOf(to));
    base = base.pointer;
  }
  // A `__data_loc` array: its place in the record is known at run time only, so it is read like kernel memory.
  if (base.kind === "field" && base.member.dataLoc !== undefined) return shifted(f.locate(base), offset);
  const value = f.scalar(base);
  if (space === "kernel" || space === "user") return { kind: "remote", space, base: value, offset };
  return { kind: "memory", base: value, offset, align: alignAt(8, offset) };
}

function field(f: FunctionLowering, e: FieldRead): Location {
  const { member } = e;
  if (member.place !== undefined) return argumentAt(f, member.place);
  if (f.probe.module.relocatable) {
    const at = relocatableField(f, e);
    if (at !== undefined) return at;
  }
  const at = shifted(f.locate(e.object), member.offset);
  if (member.dataLoc === undefined) return at;
  // The record says where the bytes are: length << 16 | offset, from its start or from the end of this word.
  const word = loadScalar(f, at, { kind: "int", bits: 32, signed: false });
  const start = f.b.arith("and", word, f.b.constInt(0xffff));
  const origin = member.dataLoc === "relative" ? at.offset + 4 : at.offset - member.offset;
  return { kind: "remote", space: "kernel", base: f.b.ptrAdd(at.base, start), offset: origin };
}

/** An argument of a user function, where its caller put it. */
function argumentAt(f: FunctionLowering, place: ArgumentPlace): Location {
  const { b } = f;
  switch (place.kind) {
    case "registers": {
      const at = f.temp(8 * place.offsets.length);
      for (const [word, offset] of place.offsets.entries())
        b.store(at.base, at.offset + 8 * word, 8, b.load(f.ctx(), offset, 8));
      return at;
    }
    case "stack":
      return {
        kind: "remote",
        space: "user",
        base: b.load(f.ctx(), archOf(f.target.arch).sp, 8),
        offset: place.offset,
      };
    case "reference": {
      const pointer = loadScalar(f, argumentAt(f, place.at), uint64);
      return { kind: "remote", space: "user", base: pointer, offset: 0 };
    }
    case "nowhere":
      throw new Error(`an argument that ${place.why}`);
  }
}

function indexed(f: FunctionLowering, e: TypedExpression & { readonly kind: "index" }): Location {
  const { type } = e.array;
  if (type.kind === "pointer") return stepped(f, pointee(f, e.array), e.index, e.type, undefined);
  const length = type.kind === "array" ? type.length : undefined;
  return stepped(f, f.locate(e.array), e.index, e.type, length);
}

function stepped(
  f: FunctionLowering,
  from: Location,
  index: TypedExpression,
  element: Type,
  length: number | undefined,
): Location {
  const { b } = f;
  const size = sizeOf(element);
  const stride = from.kind === "remote" && from.space === "kernel" ? relocatableSize(f, element) : undefined;
  if (stride === undefined && index.kind === "constant") return shifted(from, Number(index.value) * size);
  const given = f.scalar(index);
  const number = length === undefined || length < 1 ? given : inside(f, given, length, index.span);
  if (from.kind === "remote") {
    const base = b.arith("add", from.base, b.arith("mul", number, stride ?? b.constInt(size)));
    return { ...from, base };
  }
  const baseType = b.typeOf(from.base);
  const by = b.arith("mul", masked(f, number, length ?? 1), b.constInt(size));
  const base = b.ptrAdd(from.base, by);
  // The context allows fixed offsets only; its bytes are kernel memory like any other.
  if (baseType.kind === "ptr" && baseType.space === "ctx")
    return { kind: "remote", space: "kernel", base, offset: from.offset };
  return { kind: "memory", base, offset: from.offset, align: alignAt(from.align, size) };
}

const OUT_OF_BOUNDS = "Array access out of bounds. This can lead to unexpected results.";

/** The index, if it is below `length`; one out of bounds is told, and reads the first element. */
function inside(f: FunctionLowering, index: ValueId, length: number, span: Span): ValueId {
  return f.choose(
    f.b.compare("ult", index, f.b.constInt(length)),
    () => index,
    () => {
      fail(f, { message: OUT_OF_BOUNDS }, span);
      return f.b.constInt(0);
    },
  );
}

/** A power of two's mask repeats what the branch showed, in the words every kernel's verifier follows. */
function masked(f: FunctionLowering, index: ValueId, length: number): ValueId {
  const mask = 2 ** Math.ceil(Math.log2(Math.max(length, 1))) - 1;
  return mask === length - 1 ? f.b.arith("and", index, f.b.constInt(mask)) : index;
}

function element(f: FunctionLowering, e: TypedExpression & { readonly kind: "element" }): Location {
  if (e.tuple.kind === "local") {
    const binding = f.locals.binding(e.tuple.local);
    if (binding.kind === "pair") return pairPart(binding, e.index);
  }
  return shifted(f.locate(e.tuple), tupleLayout(elementTypes(e.tuple.type)).offsets[e.index] ?? 0);
}

export function elementTypes(type: Type): readonly Type[] {
  if (type.kind === "tuple") return type.elements;
  if (type.kind === "record") return type.fields.map((field) => field.type);
  throw new Error(`${type.kind} has no elements`);
}

type Pair = Extract<Binding, { kind: "pair" }>;

function pairPart(pair: Pair, index: number): Memory {
  return index === 0 ? pair.key() : pair.value();
}

function local(f: FunctionLowering, e: TypedExpression & { readonly kind: "local" }): Memory {
  const binding = f.locals.binding(e.local);
  switch (binding.kind) {
    case "memory":
      return binding.at();
    case "variable": {
      const at = f.temp(8);
      f.b.store(at.base, at.offset, 8, f.b.readVariable(binding.variable));
      return at;
    }
    case "pair":
      return wholePair(f, e.type, binding);
  }
}

/** The loop's (key, value) as one tuple. */
function wholePair(f: FunctionLowering, type: Type, pair: Pair): Memory {
  const types = elementTypes(type);
  const layout = tupleLayout(types);
  const at = f.temp(layout.size);
  zero(f, at, layout.size);
  types.forEach((element, i) => {
    const to = shifted(at, layout.offsets[i] ?? 0);
    const from = pairPart(pair, i);
    if (isScalar(element)) f.copy(to, from, sizeOf(element));
    else copyFrom(f, to, from, element);
  });
  return at;
}
