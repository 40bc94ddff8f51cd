/** Bits that nobody looks at are not made: a store takes the low bytes, whatever stands above them. */
import type { IrFunction, IrInstruction, ValueId } from "../ir/ir.js";
import { operands, terminatorOperands } from "../ir/uses.js";
import { constantOf, definitionsOf } from "./definitions.js";

/**
 * Stores skip extensions and masks above their size; a load that is only stored again needs no sign. Needs: nothing.
 * Keeps: blocks, value ids. Leaves what is no longer used to `removeDeadCode`.
 */
export function narrowStores(fn: IrFunction): IrFunction {
  const definitions = definitionsOf(fn);
  let changed = false;
  const narrowed = fn.blocks.map((block) => ({
    ...block,
    instructions: block.instructions.map((insn) => {
      if (insn.op !== "store" || insn.size === 8) return insn;
      const value = lowPart(insn.value, insn.size * 8, definitions);
      changed ||= value !== insn.value;
      return value === insn.value ? insn : { ...insn, value };
    }),
  }));
  const widths = storedWidths({ ...fn, blocks: narrowed });
  const blocks = narrowed.map((block) => ({
    ...block,
    instructions: block.instructions.map((insn) => {
      if (insn.op !== "load" || !insn.signed) return insn;
      const width = widths.get(insn.result);
      if (width === undefined || width > insn.size) return insn;
      changed = true;
      return { ...insn, signed: false };
    }),
  }));
  return changed ? { ...fn, blocks } : fn;
}

/** The value whose low bits are the same, without what was done to the others. */
function lowPart(value: ValueId, bits: number, definitions: ReadonlyMap<ValueId, IrInstruction>): ValueId {
  let at = value;
  for (;;) {
    const insn = definitions.get(at);
    if (insn?.op === "extend" && insn.bits >= bits) at = insn.value;
    else if (insn?.op === "arith" && insn.kind === "and" && keepsLow(insn.right, bits, definitions))
      at = insn.left;
    else return at;
  }
}

function keepsLow(mask: ValueId, bits: number, definitions: ReadonlyMap<ValueId, IrInstruction>): boolean {
  const constant = constantOf(definitions, mask);
  return constant !== undefined && BigInt.asUintN(bits, ~constant) === 0n;
}

/** Of values that are stored and nothing else: the bytes the widest store takes. */
function storedWidths(fn: IrFunction): ReadonlyMap<ValueId, number> {
  const widths = new Map<ValueId, number>();
  /** More than any store takes. */
  const all = 9;
  const use = (value: ValueId, width: number): void => {
    widths.set(value, Math.max(widths.get(value) ?? 0, width));
  };
  for (const block of fn.blocks) {
    for (const insn of block.instructions) {
      if (insn.op === "store") {
        use(insn.value, insn.size);
        use(insn.address, all);
      } else for (const value of operands(insn)) use(value, all);
    }
    for (const value of terminatorOperands(block.terminator)) use(value, all);
  }
  return widths;
}
