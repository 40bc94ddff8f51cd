/** Order and dominance of blocks (Cooper, Harvey, Kennedy: "A Simple, Fast Dominance Algorithm", 2001). */
import type { BlockId, IrBlock } from "./ir.js";
import { predecessors, successors } from "./uses.js";

/** Reachable blocks, each before those it dominates (reverse post-order). */
export function reversePostOrder(blocks: readonly IrBlock[]): readonly IrBlock[] {
  const byId = new Map(blocks.map((b) => [b.id, b]));
  const entry = blocks[0];
  if (entry === undefined) return [];
  const order: IrBlock[] = [];
  const seen = new Set<BlockId>([entry.id]);
  const stack: { readonly block: IrBlock; readonly next: BlockId[] }[] = [
    { block: entry, next: [...successors(entry)] },
  ];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const id = top.next.pop();
    if (id === undefined) {
      order.push(top.block);
      stack.pop();
      continue;
    }
    const block = byId.get(id);
    if (block === undefined || seen.has(id)) continue;
    seen.add(id);
    stack.push({ block, next: [...successors(block)] });
  }
  return order.reverse();
}

/** Each reachable block's immediate dominator; the entry's is itself. */
export function immediateDominators(blocks: readonly IrBlock[]): ReadonlyMap<BlockId, BlockId> {
  const order = reversePostOrder(blocks);
  const position = new Map(order.map((b, i) => [b.id, i]));
  const before = predecessors(blocks);
  const found = new Map<BlockId, BlockId>();
  const entry = order[0];
  if (entry === undefined) return found;
  found.set(entry.id, entry.id);
  const at = (id: BlockId): number => position.get(id) ?? 0;
  const meet = (a: BlockId, b: BlockId): BlockId => {
    let [x, y] = [a, b];
    while (x !== y) {
      while (at(x) > at(y)) x = found.get(x) ?? entry.id;
      while (at(y) > at(x)) y = found.get(y) ?? entry.id;
    }
    return x;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of order.slice(1)) {
      let dominator: BlockId | undefined;
      for (const from of before.get(block.id) ?? []) {
        if (found.has(from)) dominator = dominator === undefined ? from : meet(dominator, from);
      }
      if (dominator === undefined || found.get(block.id) === dominator) continue;
      found.set(block.id, dominator);
      changed = true;
    }
  }
  return found;
}
