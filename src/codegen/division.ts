import type { IrInstruction } from "../ir/ir.js";
import type { VReg } from "./machine.js";
import type { Selection } from "./selection.js";

/**
 * Signed division and remainder. CPU v4 has them; before, they are made of the unsigned ones: with s = x >> 63
 * (all ones for negatives), (x ^ s) - s is |x|, and the same step with the result's sign puts the sign back.
 * x / 0 = 0 and x % 0 = x fall out of BPF's unsigned rules.
 */
export function selectDivision(s: Selection, insn: Extract<IrInstruction, { readonly op: "arith" }>): void {
  const isDivision = insn.kind === "sdiv";
  const is64 = insn.width === 64;
  const dst = s.home(insn.result);
  if (s.cpu.cpuV4) {
    const right = s.reg(insn.right);
    s.into(insn.left, dst);
    const op = isDivision ? "sdiv" : "smod";
    return s.emit({ kind: "alu", op, is64, dst, src: { kind: "reg", reg: right } });
  }
  const alu = (op: "arsh" | "xor" | "sub" | "div" | "mod", to: VReg, from: VReg): void =>
    s.emit({ kind: "alu", op, is64: true, dst: to, src: { kind: "reg", reg: from } });
  const signOf = (reg: VReg): VReg => {
    const sign = s.fresh();
    s.move(sign, reg);
    s.emit({ kind: "alu", op: "arsh", is64: true, dst: sign, src: { kind: "imm", value: 63 } });
    return sign;
  };
  const operand = (value: typeof insn.left): VReg => {
    const reg = s.fresh();
    s.into(value, reg);
    // 32-bit operands are computed exactly in 64 bits once sign-extended.
    if (!is64) {
      for (const op of ["lsh", "arsh"] as const) {
        s.emit({ kind: "alu", op, is64: true, dst: reg, src: { kind: "imm", value: 32 } });
      }
    }
    return reg;
  };
  const left = operand(insn.left);
  const right = operand(insn.right);
  const [leftSign, rightSign] = [signOf(left), signOf(right)];
  for (const [reg, sign] of [
    [left, leftSign],
    [right, rightSign],
  ] as const) {
    alu("xor", reg, sign);
    alu("sub", reg, sign);
  }
  alu(isDivision ? "div" : "mod", left, right);
  // The quotient is negative when the signs differ; the remainder has the dividend's sign.
  if (isDivision) alu("xor", leftSign, rightSign);
  alu("xor", left, leftSign);
  alu("sub", left, leftSign);
  s.emit({ kind: "alu", op: "mov", is64, dst, src: { kind: "reg", reg: left } });
}
