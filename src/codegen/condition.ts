import type { JmpOp } from "../bpf/insn.js";
import type { CompareOp, ValueId } from "../ir/ir.js";
import type { VOperand, VReg } from "./machine.js";
import { conditions, mirrored, type Selection } from "./selection.js";

/** Operands of a conditional jump: a constant goes to the right, where it may be an immediate. */
export function conditionFor(
  s: Selection,
  kind: CompareOp,
  width: 32 | 64,
  left: ValueId,
  right: ValueId,
): { readonly op: JmpOp; readonly is64: boolean; readonly dst: VReg; readonly src: VOperand } {
  const swap = s.constant(left) !== undefined && s.constant(right) === undefined;
  const [a, b] = swap ? [right, left] : [left, right];
  const op = conditions[swap ? mirrored[kind] : kind];
  // An immediate is sign-extended: right for both signs, since `operand` compares the wrapped constant.
  return { op, is64: width === 64, dst: s.reg(a), src: s.operand(b, width) };
}
