import type { IrFunction, IrInstruction, ValueId } from "../ir/ir.js";
import { resultOf } from "../ir/uses.js";

/** The instruction that makes each value; block parameters have none. */
export function definitionsOf(fn: IrFunction): Map<ValueId, IrInstruction> {
  const found = new Map<ValueId, IrInstruction>();
  for (const block of fn.blocks) {
    for (const insn of block.instructions) {
      const result = resultOf(insn);
      if (result !== undefined) found.set(result, insn);
    }
  }
  return found;
}

/** A constant as a signed 64-bit number; undefined for every other value. */
export function constantOf(
  definitions: ReadonlyMap<ValueId, IrInstruction>,
  value: ValueId,
): bigint | undefined {
  const insn = definitions.get(value);
  return insn?.op === "const" ? BigInt.asIntN(64, insn.value) : undefined;
}

/** Values that stand for others: a chain of replacements, followed to its end. */
export class Replacements {
  private readonly by = new Map<ValueId, ValueId>();

  get size(): number {
    return this.by.size;
  }

  replace(value: ValueId, by: ValueId): void {
    const end = this.find(by);
    if (end !== value) this.by.set(value, end);
  }

  readonly find = (value: ValueId): ValueId => {
    let v = value;
    for (let next = this.by.get(v); next !== undefined; next = this.by.get(v)) v = next;
    return v;
  };
}
