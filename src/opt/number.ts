/** Value numbering: what was computed already on every way here is not computed again. */
import { dominance } from "../ir/dominators.js";
import type { BlockId, IrBlock, IrFunction, IrInstruction, IrType, ValueId } from "../ir/ir.js";
import { mapOperands, mapTerminatorOperands, resultOf } from "../ir/uses.js";
import { Replacements } from "./definitions.js";
import { isStableHelper } from "./purity.js";

/**
 * Equal pure operations share the result of the one that dominates. Needs: nothing. Keeps: blocks, value ids.
 * Changes: drops instructions, replaces operands. Unreachable blocks are left as they are.
 */
export function numberValues(fn: IrFunction): IrFunction {
  const replaced = new Replacements();
  const { dominates, treeOrder } = dominance(fn.blocks);
  const byId = new Map(fn.blocks.map((block) => [block.id, block]));
  // By key, where it was computed last: in the order of the tree no earlier place dominates what that one does not.
  const known = new Map<string, { readonly block: BlockId; readonly value: ValueId }>();
  const kept = new Map<BlockId, IrInstruction[]>();
  for (const id of treeOrder) {
    const block = byId.get(id);
    if (block === undefined) continue;
    kept.set(
      block.id,
      block.instructions.filter((original) => {
        const insn = mapOperands(original, replaced.find);
        const result = resultOf(insn);
        const key = keyOf(insn, fn.valueTypes);
        if (result === undefined || key === undefined) return true;
        const other = known.get(key);
        if (other !== undefined && dominates(other.block, block.id)) {
          replaced.replace(result, other.value);
          return false;
        }
        known.set(key, { block: block.id, value: result });
        return true;
      }),
    );
  }
  if (replaced.size === 0) return fn;
  const blocks = fn.blocks.map(
    (block): IrBlock => ({
      ...block,
      instructions: (kept.get(block.id) ?? block.instructions).map((i) => mapOperands(i, replaced.find)),
      terminator: mapTerminatorOperands(block.terminator, replaced.find),
    }),
  );
  return { ...fn, blocks };
}

const swappable: ReadonlySet<string> = new Set(["add", "mul", "and", "or", "xor", "eq", "ne"]);

/** Text that is equal for instructions with equal results; undefined when the result may differ each time. */
function keyOf(insn: IrInstruction, types: readonly IrType[]): string | undefined {
  switch (insn.op) {
    case "const": {
      const result = types[insn.result];
      return `const ${BigInt.asIntN(64, insn.value)} ${JSON.stringify(result)}`;
    }
    case "arith":
    case "compare": {
      const [a, b] = [insn.left, insn.right];
      const [left, right] = swappable.has(insn.kind) && b < a ? [b, a] : [a, b];
      return `${insn.op} ${insn.kind} ${insn.width} ${left} ${right}`;
    }
    case "extend":
      return `extend ${insn.bits} ${insn.signed} ${insn.value}`;
    case "bswap":
      return `bswap ${insn.bits} ${insn.value}`;
    case "slot_addr":
      return `slot ${insn.slot} ${insn.offset}`;
    case "map_ref":
      return `map ${insn.map}`;
    case "map_value_addr":
      return `value ${insn.map} ${insn.offset}`;
    case "func_ref":
      return `func ${insn.function}`;
    case "ptr_add":
      return `ptr ${insn.base} ${insn.index}`;
    case "field_addr":
      return insn.core === undefined ? `field ${insn.base} ${insn.offset}` : undefined;
    case "load": {
      // The context is written before the program starts and by nobody while it runs.
      const address = types[insn.address];
      if (address?.kind !== "ptr" || address.space !== "ctx" || insn.core !== undefined) return undefined;
      return `load ${insn.address} ${insn.offset} ${insn.size} ${insn.signed} ${JSON.stringify(types[insn.result])}`;
    }
    case "helper":
      return isStableHelper(insn.helper) ? `helper ${insn.helper} ${insn.args.join(" ")}` : undefined;
    case "store":
    case "zero":
    case "copy":
    case "atomic":
    case "kfunc":
    case "call":
      return undefined;
  }
}
