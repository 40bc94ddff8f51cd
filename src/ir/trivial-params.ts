/** Removes block parameters that can hold one value only. */
import { append } from "../base/multimap.js";
import type { BlockId, IrBlock, IrFunction, Jump, ValueId } from "./ir.js";
import { jumps, mapJumps, mapOperands, mapTerminatorOperands } from "./uses.js";

/**
 * A parameter whose every argument is the same value (or the parameter itself) is that value.
 * Needs: every block reachable. Keeps: block ids, value ids. Changes: parameters and arguments.
 */
export function removeTrivialParams(fn: IrFunction): IrFunction {
  const replaced = new Map<ValueId, ValueId>();
  const find = (value: ValueId): ValueId => {
    let v = value;
    for (let next = replaced.get(v); next !== undefined; next = replaced.get(v)) v = next;
    return v;
  };
  const incoming = new Map<BlockId, Jump[]>();
  for (const block of fn.blocks)
    for (const jump of jumps(block.terminator)) append(incoming, jump.block, jump);

  const entry = fn.blocks[0]?.id;
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of fn.blocks) {
      if (block.id === entry) continue;
      block.params.forEach((param, index) => {
        if (replaced.has(param)) return;
        const only = singleValue(param, index, incoming.get(block.id) ?? [], find);
        if (only === undefined) return;
        replaced.set(param, only);
        changed = true;
      });
    }
  }
  if (replaced.size === 0) return fn;
  const kept = new Map<BlockId, readonly boolean[]>(
    fn.blocks.map((b) => [b.id, b.params.map((p) => !replaced.has(p))]),
  );
  const blocks = fn.blocks.map(
    (block): IrBlock => ({
      id: block.id,
      params: block.params.filter((p) => !replaced.has(p)),
      instructions: block.instructions.map((insn) => mapOperands(insn, find)),
      terminator: mapJumps(mapTerminatorOperands(block.terminator, find), (jump) => ({
        block: jump.block,
        args: jump.args.filter((_, i) => kept.get(jump.block)?.[i] !== false),
      })),
    }),
  );
  return { ...fn, blocks };
}

function singleValue(
  param: ValueId,
  index: number,
  incoming: readonly Jump[],
  find: (value: ValueId) => ValueId,
): ValueId | undefined {
  let only: ValueId | undefined;
  for (const jump of incoming) {
    const arg = jump.args[index];
    if (arg === undefined) return undefined;
    const value = find(arg);
    if (value === param || value === only) continue;
    if (only !== undefined) return undefined;
    only = value;
  }
  return only;
}
