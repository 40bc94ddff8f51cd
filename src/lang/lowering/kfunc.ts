/** Calls of kernel functions. */
import type { TypedCall, TypedExpression } from "../../check/typed-program.js";
import type { ValueId } from "../../ir/ir.js";
import type { Type } from "../../types/type.js";
import { addressOperand } from "./memory.js";
import type { BuiltinLowering, LoweringContext } from "./context.js";

/** The registry's word for a call of a kernel function; `text` is the function's name. */
export const KFUNC_CALL = "kfunc call";
/** And of a function of imported C. */
export const C_CALL = "C call";

/** Literals are constants of the object: parameters named `…__str` take nothing else. */
function argument(f: LoweringContext, arg: TypedExpression): ValueId {
  if (arg.kind !== "string") return addressOperand(f, arg).at;
  const bytes = new Uint8Array(arg.bytes.length + 1);
  bytes.set(arg.bytes);
  return f.address(f.constant(bytes));
}

/** Imported C may write to what a pointer parameter points at, for all the verifier knows: literals are copies. */
function copied(f: LoweringContext, arg: TypedExpression): ValueId {
  return addressOperand(f, arg).at;
}

/** The callee sets as many bits of r0 as its result has. */
function result(f: LoweringContext, value: ValueId, type: Type): ValueId {
  if (type.kind === "bool") return f.b.extend(value, 8, false);
  if ((type.kind !== "int" && type.kind !== "enum") || type.bits === 64) return value;
  return f.b.extend(value, type.bits, type.signed);
}

function call(
  f: LoweringContext,
  typed: TypedCall,
  pass = argument,
): [name: string, args: readonly ValueId[]] {
  if (typed.text === undefined) throw new Error("a function's name is missing");
  return [typed.text, typed.args.map((arg) => pass(f, arg))];
}

export const kfuncLowerings: Record<string, BuiltinLowering> = {
  [KFUNC_CALL]: {
    scalar: (f, typed, e) => result(f, f.b.kfunc(...call(f, typed)), e.type),
    effect: (f, typed) => f.b.kfuncVoid(...call(f, typed)),
  },
  // Which of the two it is, the symbol's place in the object says.
  [C_CALL]: {
    scalar: (f, typed, e) => result(f, f.b.kfunc(...call(f, typed, copied)), e.type),
    effect: (f, typed) => f.b.kfuncVoid(...call(f, typed, copied)),
  },
};
