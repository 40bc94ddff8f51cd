/** Value numbering: what was computed already on every way here is not computed again. */
import { append } from "../base/multimap.js";
import { dominance, reversePostOrder } from "../ir/dominators.js";
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
  const dominates = dominance(fn.blocks);
  // By key, wherever it was computed; the blocks of one key do not dominate each other.
  const known = new Map<string, { readonly block: BlockId; readonly value: ValueId }[]>();
  const kept = new Map<BlockId, IrInstruction[]>();
  for (const block of reversePostOrder(fn.blocks)) {
    kept.set(
      block.id,
      block.instructions.filter((original) => {
        const insn = mapOperands(original, replaced.find);
        const result = resultOf(insn);
        const key = keyOf(insn, fn.valueTypes);
        if (result === undefined || key === undefined) return true;
        const others = known.get(key);
        const same = others?.find((other) => dominates(other.block, block.id))?.value;
        if (same !== undefined) replaced.replace(result, same);
        else append(known, key, { block: block.id, value: result });
        return same === undefined;
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
