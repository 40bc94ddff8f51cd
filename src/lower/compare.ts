/** Equality of values in memory. Strings are equal as C strings; their padding is zero on both sides. */
import type { TypedExpression } from "../check/typed-program.js";
import type { ValueId } from "../ir/ir.js";
import type { Memory } from "../lang/lowering/context.js";
import { tupleLayout, sizeOf } from "../types/layout.js";
import type { Type } from "../types/type.js";
import type { FunctionLowering } from "./function.js";
import { elementTypes } from "./locate.js";
import { equalBytes, equalConstant } from "./equality.js";
import { loadScalar, shifted } from "./memory.js";
import { isScalar } from "./scalars.js";

type Comparison = TypedExpression & { readonly kind: "compare" };

export function compareMemory(f: FunctionLowering, e: Comparison): ValueId {
  const equal = equality(f, e.left, e.right);
  return e.operator === "!=" ? f.b.compare("eq", equal, f.b.constInt(0)) : equal;
}

function equality(f: FunctionLowering, left: TypedExpression, right: TypedExpression): ValueId {
  if (right.kind === "string") return equalsLiteral(f, left, right.bytes);
  if (left.kind === "string") return equalsLiteral(f, right, left.bytes);
  const l = f.memory(left);
  return equalMemory(f, l, f.memory(right), left.type, right.type);
}

/**
 * Compares with a literal up to its NUL. Memory of ours is padded with NULs, so the comparison may run on to a
 * multiple of 8: fewer and wider loads. In the context, bytes behind the NUL are anybody's.
 */
function equalsLiteral(f: FunctionLowering, value: TypedExpression, bytes: Uint8Array): ValueId {
  const size = sizeOf(value.type);
  const at = f.memory(value);
  if (bytes.length > size) return f.b.constInt(0);
  const type = f.b.typeOf(at.base);
  const padded = type.kind === "ptr" && type.space !== "ctx";
  // A string that was cut fills its room to the last byte.
  const length = Math.min(size, padded ? Math.ceil((bytes.length + 1) / 8) * 8 : bytes.length + 1);
  const whole = new Uint8Array(length);
  whole.set(bytes);
  return equalConstant(f, at, whole);
}

function equalMemory(f: FunctionLowering, l: Memory, r: Memory, left: Type, right: Type): ValueId {
  switch (left.kind) {
    case "string":
      // The shorter one has its NUL within its size, so equal bytes up to there are equal strings.
      return equalBytes(f, l, r, Math.min(sizeOf(left), sizeOf(right)), "string");
    case "tuple":
    case "record":
      return equalElements(f, l, r, elementTypes(left), elementTypes(right));
    default:
      return equalBytes(f, l, r, Math.min(sizeOf(left), sizeOf(right)));
  }
}

/** Element by element: padding between elements is not compared, and sizes of strings may differ. */
function equalElements(
  f: FunctionLowering,
  l: Memory,
  r: Memory,
  left: readonly Type[],
  right: readonly Type[],
): ValueId {
  const { b } = f;
  const leftAt = tupleLayout(left).offsets;
  const rightAt = tupleLayout(right).offsets;
  let result = b.constInt(1);
  left.forEach((type, i) => {
    const other = right[i] ?? type;
    const a = shifted(l, leftAt[i] ?? 0);
    const c = shifted(r, rightAt[i] ?? 0);
    const same = isScalar(type)
      ? b.compare("eq", loadScalar(f, a, type), loadScalar(f, c, other))
      : equalMemory(f, a, c, type, other);
    result = b.arith("and", result, same);
  });
  return result;
}
