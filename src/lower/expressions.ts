/** Scalar expressions: those whose value is one 64-bit number or pointer. */
import { relocatableBits, relocatableNumber, relocatableSize } from "./relocatable.js";
import { assertNever } from "../base/assert-never.js";
import type { TypedArithmetic, TypedComparison, TypedExpression } from "../check/typed-program.js";
import type { ArithmeticOp, CompareOp, ValueId } from "../ir/ir.js";
import { lowerings } from "../lang/lowering/index.js";
import { sizeOf } from "../types/layout.js";
import type { Type } from "../types/type.js";
import { compareMemory } from "./compare.js";
import { fail } from "./failures.js";
import type { FunctionLowering } from "./function.js";
import { locate } from "./locate.js";
import { readMapScalar } from "./map-read.js";
import { loadScalar, remoteAddress } from "./memory.js";
import { addressOf, stepPlace, updatePlace } from "./places.js";
import { isScalar, isSigned, pointerType, scalarBits } from "./scalars.js";

export function scalar(f: FunctionLowering, e: TypedExpression): ValueId {
  const { b } = f;
  switch (e.kind) {
    case "constant":
      return relocatableNumber(f, e) ?? b.constInt(e.value);
    case "local":
      return readLocal(f, e);
    case "map":
      return readMapScalar(f, e);
    case "convert":
      return convert(f, e.value, e.type);
    case "negate":
      return wrap(f, b.arith("sub", b.constInt(0), f.scalar(e.value)), e.type);
    case "invert":
      return wrap(f, b.arith("xor", f.scalar(e.value), b.constInt(-1)), e.type);
    case "not":
      return b.compare("eq", f.scalar(e.value), b.constInt(0));
    case "arithmetic":
      return arithmetic(f, e, e.right, f.scalar(e.left), f.scalar(e.right));
    case "compare":
      return compare(f, e);
    case "logical":
      return logical(f, e);
    case "ternary":
      return f.choose(
        f.scalar(e.condition),
        () => f.scalar(e.then),
        () => f.scalar(e.otherwise),
        pointerType(e.type),
      );
    case "step":
      return stepPlace(f, e);
    case "update":
      return updatePlace(f, e, (old, value) => arithmetic(f, e, e.value, old, value));
    case "dereference":
    case "index":
    case "element":
      return loadScalar(f, locate(f, e), e.type);
    case "field":
      return fieldScalar(f, e);
    case "pointer_add":
      return pointerAdd(f, e);
    case "address_of":
      return addressOf(f, e.target);
    case "call": {
      const entry = lowerings.get(e.call.name);
      if (entry?.scalar === undefined) return missing(e);
      return entry.scalar(f, e.call, e);
    }
    case "block":
      f.statements(e.body);
      return f.scalar(e.result);
    case "string":
    case "tuple":
      throw new Error(`a ${e.kind} is no scalar`);
  }
  return assertNever(e);
}

function fieldScalar(f: FunctionLowering, e: TypedExpression & { readonly kind: "field" }): ValueId {
  const bits = f.probe.module.relocatable ? relocatableBits(f, e) : undefined;
  if (bits !== undefined) return bits;
  const at = locate(f, e);
  // A `__data_loc` member is the address of its bytes.
  if (at.kind === "remote" && e.member.dataLoc !== undefined && e.type.kind === "pointer")
    return remoteAddress(f, at);
  return loadScalar(f, at, e.type, e.member.bitfield);
}

/** A builtin that the checker lets through and lowering does not know: a gap in our tables. */
export function missing(e: TypedExpression & { readonly kind: "call" }): never {
  throw new Error(`${e.call.name} has no lowering for its use`);
}

function readLocal(f: FunctionLowering, e: TypedExpression & { readonly kind: "local" }): ValueId {
  const binding = f.locals.binding(e.local);
  if (binding.kind === "variable") return f.b.readVariable(binding.variable);
  return loadScalar(f, locate(f, e), e.type);
}

/** Cuts a 64-bit result to the type's width, and extends it again. */
function wrap(f: FunctionLowering, value: ValueId, type: Type): ValueId {
  const bits = scalarBits(type);
  return bits === 64 ? value : f.b.extend(value, bits, isSigned(type));
}

const DIVISION_BY_ZERO =
  "Divide or modulo by 0 detected. This can lead to unexpected results. 1 is being used as the result.";

const PLAIN: Readonly<Record<TypedArithmetic, ArithmeticOp>> = {
  "+": "add",
  "-": "sub",
  "*": "mul",
  "/": "udiv",
  "%": "umod",
  "&": "and",
  "|": "or",
  "^": "xor",
  "<<": "shl",
  ">>": "lshr",
};
const SIGNED: Partial<Readonly<Record<TypedArithmetic, ArithmeticOp>>> = {
  "/": "sdiv",
  "%": "smod",
  ">>": "ashr",
};

/** What a division by zero yields is bpftrace's choice: BPF itself would yield 0, or the left operand for `%`. */
function arithmetic(
  f: FunctionLowering,
  e: TypedExpression & { readonly operator: TypedArithmetic },
  operand: TypedExpression,
  left: ValueId,
  right: ValueId,
): ValueId {
  const compute = () => operate(f, e.operator, left, right, e.type);
  if ((e.operator !== "/" && e.operator !== "%") || isNotZero(operand)) return compute();
  return f.choose(f.b.compare("ne", right, f.b.constInt(0)), compute, () => {
    fail(f, { message: DIVISION_BY_ZERO }, e.span);
    return f.b.constInt(1);
  });
}

/** Known when compiling. */
function isNotZero(e: TypedExpression): boolean {
  if (e.kind === "convert") return isNotZero(e.value) && scalarBits(e.type) >= scalarBits(e.value.type);
  return e.kind === "constant" && BigInt.asUintN(scalarBits(e.type), e.value) !== 0n;
}

/** Both operands are extended to 64 bits, so narrow types compute in 32 bits and are cut afterwards. */
function operate(
  f: FunctionLowering,
  operator: TypedArithmetic,
  left: ValueId,
  right: ValueId,
  type: Type,
): ValueId {
  const kind = (isSigned(type) ? SIGNED[operator] : undefined) ?? PLAIN[operator];
  const bits = scalarBits(type);
  if (bits === 64) return f.b.arith(kind, left, right, 64);
  const result = f.b.arith(kind, left, right, 32);
  return bits === 32 && !isSigned(type) ? result : f.b.extend(result, bits, isSigned(type));
}

const UNSIGNED_COMPARE: Readonly<Record<TypedComparison, CompareOp>> = {
  "==": "eq",
  "!=": "ne",
  "<": "ult",
  "<=": "ule",
  ">": "ugt",
  ">=": "uge",
};
const SIGNED_COMPARE: Readonly<Record<TypedComparison, CompareOp>> = {
  "==": "eq",
  "!=": "ne",
  "<": "slt",
  "<=": "sle",
  ">": "sgt",
  ">=": "sge",
};

function compare(f: FunctionLowering, e: TypedExpression & { readonly kind: "compare" }): ValueId {
  if (!isScalar(e.left.type)) return compareMemory(f, e);
  const table = isSigned(e.left.type) ? SIGNED_COMPARE : UNSIGNED_COMPARE;
  const left = f.scalar(e.left);
  return f.b.compare(table[e.operator], left, f.scalar(e.right));
}

function logical(f: FunctionLowering, e: TypedExpression & { readonly kind: "logical" }): ValueId {
  const rest = (): ValueId => f.scalar(e.right);
  const known = (): ValueId => f.b.constInt(e.operator === "&&" ? 0 : 1);
  const left = f.scalar(e.left);
  return e.operator === "&&" ? f.choose(left, rest, known) : f.choose(left, known, rest);
}

function convert(f: FunctionLowering, value: TypedExpression, type: Type): ValueId {
  if (!isScalar(value.type)) {
    const from = f.locate(value);
    // An array or a string as a pointer is where it lies.
    if (type.kind === "pointer") return asNumber(f, remoteAddress(f, from));
    // An array of integers read as one integer.
    return loadScalar(f, from, type);
  }
  const scalar = f.scalar(value);
  const number = type.kind === "pointer" && pointerType(type).kind === "int" ? asNumber(f, scalar) : scalar;
  if (type.kind === "bool") {
    return value.type.kind === "bool" ? number : f.b.compare("ne", number, f.b.constInt(0));
  }
  const [from, to] = [scalarBits(value.type), scalarBits(type)];
  const kept = to === 64 || (from < to && (!isSigned(value.type) || isSigned(type)));
  const same = from === to && isSigned(value.type) === isSigned(type);
  return kept || same ? number : wrap(f, number, type);
}

/** An address as scripts have them: a number to reckon with, which only helpers read at. Memory forgets the rest. */
function asNumber(f: FunctionLowering, address: ValueId): ValueId {
  if (f.b.typeOf(address).kind !== "ptr") return address;
  const cell = f.temp(8);
  f.b.store(cell.base, cell.offset, 8, address);
  return f.b.load(cell.base, cell.offset, 8);
}

function pointerAdd(f: FunctionLowering, e: TypedExpression & { readonly kind: "pointer_add" }): ValueId {
  const { b } = f;
  const size = e.type.kind === "pointer" ? Math.max(1, sizeOf(e.type.to)) : 1;
  const base = f.scalar(e.pointer);
  const isAddress = b.typeOf(base).kind === "int";
  const stride = isAddress && e.type.kind === "pointer" ? relocatableSize(f, e.type.to) : undefined;
  if (stride !== undefined) return b.arith("add", base, b.arith("mul", f.scalar(e.index), stride));
  if (e.index.kind === "constant") {
    const offset = Number(e.index.value) * size;
    if (b.typeOf(base).kind === "ptr") return b.fieldAddr(base, offset);
    return b.arith("add", base, b.constInt(offset));
  }
  const scaled = b.arith("mul", f.scalar(e.index), b.constInt(size));
  return b.typeOf(base).kind === "ptr" ? b.ptrAdd(base, scaled) : b.arith("add", base, scaled);
}
