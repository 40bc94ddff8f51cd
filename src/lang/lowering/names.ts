/** Numbers as text: a table in `.rodata`, one row a number. */
import type { ValueId } from "../../ir/ir.js";
import { sizeOf } from "../../types/layout.js";
import { type NameTable, nameTable } from "../names/table.js";
import { archOf } from "../../target/arch.js";
import type { TypedCall } from "../../check/typed-program.js";
import { syscallProbes } from "../probes/syscall-events.js";
import {
  type BuiltinLowering,
  type CallExpression,
  type LoweringContext,
  type Memory,
  operand,
} from "./context.js";

/** Index of the row: that of the last, which says "unknown", for numbers the table does not have. */
function rowOf(f: LoweringContext, number: ValueId, known: number, signless: boolean): ValueId {
  const { b } = f;
  const index = signless
    ? f.choose(
        b.compare("slt", number, b.constInt(0)),
        () => b.arith("sub", b.constInt(0), number),
        () => number,
      )
    : number;
  const row = f.choose(
    b.compare("ult", index, b.constInt(known)),
    () => index,
    () => b.constInt(known),
  );
  // The mask changes nothing; it shows every kernel's verifier that the row lies within the table.
  return b.arith("and", row, b.constInt(2 ** Math.ceil(Math.log2(known + 1)) - 1));
}

/** Writes the name of a number to `size` bytes: a row of a table of texts in `.rodata`. */
function nameInto(
  f: LoweringContext,
  table: { readonly names: readonly string[]; readonly unknown: string; readonly signless: boolean },
  number: ValueId,
  to: Memory,
  size: number,
): void {
  const { b } = f;
  const { names, unknown, signless } = table;
  const longest = Math.max(unknown.length, ...names.map((name) => name.length));
  const stride = Math.ceil((longest + 1) / 8) * 8;
  // Rows up to the mask's reach, all "unknown".
  const rows = 2 ** Math.ceil(Math.log2(names.length + 1));
  const bytes = new Uint8Array(rows * stride);
  for (let row = 0; row < rows; row++) {
    const name = names[row] ?? "";
    bytes.set(new TextEncoder().encode(name === "" ? unknown : name), row * stride);
  }
  const row = rowOf(f, number, names.length, signless);
  const from = b.ptrAdd(f.address(f.constant(bytes)), b.arith("mul", row, b.constInt(stride)));
  f.copy(to, { kind: "memory", base: from, offset: 0, align: 8 }, stride);
  b.zero(to.base, to.offset + stride, size - stride);
}

function named(which: NameTable): BuiltinLowering {
  return {
    into: (f, call, e, to) =>
      nameInto(f, nameTable(which, f.target.arch), f.scalar(operand(call, 0)), to, sizeOf(e.type)),
    straight: true,
  };
}

/**
 * Of a program for many system calls' events: the number tells, the second argument of sys_enter; sys_exit has it in the
 * registers that both pass.
 */
function probeInto(f: LoweringContext, call: TypedCall, e: CallExpression, to: Memory): void {
  const { b } = f;
  const names = syscallProbes(call.text ?? "", f.target);
  const number = call.text === "sys_enter" ? b.load(f.ctx(), 8, 8) : numberInRegisters(f);
  nameInto(f, { names, unknown: "", signless: false }, number, to, sizeOf(e.type));
}

function numberInRegisters(f: LoweringContext): ValueId {
  const { b } = f;
  const at = f.temp(8);
  const register = archOf(f.target.arch).registers.orig_ax ?? 0;
  const regs = b.arith("add", b.load(f.ctx(), 0, 8), b.constInt(register));
  b.helperVoid("probe_read_kernel", [f.address(at), b.constInt(8), regs]);
  return b.load(at.base, at.offset, 8);
}

export const nameLowerings: Record<NameTable | "probe", BuiltinLowering> = {
  probe: { into: probeInto, straight: true },
  strerror: named("strerror"),
  signal_name: named("signal_name"),
  syscall_name: named("syscall_name"),
};
