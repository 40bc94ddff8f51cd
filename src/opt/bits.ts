import type { IrInstruction, ValueId } from "../ir/ir.js";
import { constantOf } from "./definitions.js";

/** Chains longer than this are not worth the time. */
const maxDepth = 8;

/**
 * How many low bits of a value may be set; all above are zero. Only what the kernel's verifier finds out as well
 * counts: a bound it needs must not be optimised away, and it knows nothing of remainders and quotients.
 */
export function significantBits(
  value: ValueId,
  definitions: ReadonlyMap<ValueId, IrInstruction>,
  depth = 0,
): number {
  const insn = definitions.get(value);
  if (insn === undefined || depth > maxDepth) return 64;
  const of = (operand: ValueId): number => significantBits(operand, definitions, depth + 1);
  switch (insn.op) {
    case "const":
      return insn.value < 0n ? 64 : insn.value.toString(2).length;
    case "compare":
      return 1;
    case "load":
      return insn.signed ? 64 : insn.size * 8;
    case "extend":
      return insn.signed ? 64 : Math.min(insn.bits, of(insn.value));
    case "arith": {
      const limit = insn.width;
      if (insn.kind === "and") return Math.min(limit, of(insn.left), of(insn.right));
      if (insn.kind === "or" || insn.kind === "xor") {
        return Math.min(limit, Math.max(of(insn.left), of(insn.right)));
      }
      const count = constantOf(definitions, insn.right);
      if (insn.kind === "lshr" && count !== undefined && count >= 0n && count < BigInt(limit)) {
        return Math.max(0, Math.min(limit, of(insn.left)) - Number(count));
      }
      return limit;
    }
    default:
      return 64;
  }
}
