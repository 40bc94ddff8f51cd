/** Numbers as text: a table in `.rodata`, one row a number. */
import type { ValueId } from "../../ir/ir.js";
import { sizeOf } from "../../types/layout.js";
import { type NameTable, nameTable } from "../names/table.js";
import { type BuiltinLowering, type LoweringContext, operand } from "./context.js";

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

function named(which: NameTable): BuiltinLowering {
  return {
    into: (f, call, e, to) => {
      const { b } = f;
      const { names, unknown, signless } = nameTable(which, f.target.arch);
      const longest = Math.max(unknown.length, ...names.map((name) => name.length));
      const stride = Math.ceil((longest + 1) / 8) * 8;
      // Rows up to the mask's reach, all "unknown".
      const rows = 2 ** Math.ceil(Math.log2(names.length + 1));
      const bytes = new Uint8Array(rows * stride);
      for (let row = 0; row < rows; row++) {
        const name = names[row] ?? "";
        bytes.set(new TextEncoder().encode(name === "" ? unknown : name), row * stride);
      }
      const row = rowOf(f, f.scalar(operand(call, 0)), names.length, signless);
      const table = f.constant(bytes);
      const from = b.ptrAdd(f.address(table), b.arith("mul", row, b.constInt(stride)));
      f.copy(to, { kind: "memory", base: from, offset: 0, align: 8 }, stride);
      b.zero(to.base, to.offset + stride, sizeOf(e.type) - stride);
    },
    straight: true,
  };
}

export const nameLowerings: Record<NameTable, BuiltinLowering> = {
  strerror: named("strerror"),
  signal_name: named("signal_name"),
  syscall_name: named("syscall_name"),
};
