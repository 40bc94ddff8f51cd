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
function immediateDominators(blocks: readonly IrBlock[]): ReadonlyMap<BlockId, BlockId> {
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

export interface Dominance {
  /** Whether one reachable block lies on every way to another. */
  readonly dominates: (above: BlockId, below: BlockId) => boolean;
  /** Reachable blocks, each behind what dominates it, and what it dominates at once behind it. */
  readonly treeOrder: readonly BlockId[];
}

/** The tree of dominators, numbered once, so that each question is one comparison. */
export function dominance(blocks: readonly IrBlock[]): Dominance {
  const up = immediateDominators(blocks);
  const order = reversePostOrder(blocks);
  const children = new Map<BlockId, BlockId[]>(order.map((b) => [b.id, []]));
  for (const { id } of order) {
    const parent = up.get(id);
    if (parent !== undefined && parent !== id) children.get(parent)?.push(id);
  }
  // A block dominates those whose numbers lie between its own first and last in a walk of the tree.
  const first = new Map<BlockId, number>();
  const last = new Map<BlockId, number>();
  let clock = 0;
  const stack = order.slice(0, 1).map((b) => ({ id: b.id, entered: false }));
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (top.entered) {
      last.set(top.id, clock);
      continue;
    }
    first.set(top.id, clock++);
    stack.push({ id: top.id, entered: true });
    for (const child of children.get(top.id) ?? []) stack.push({ id: child, entered: false });
  }
  const dominates = (above: BlockId, below: BlockId): boolean => {
    const [from, to, at] = [first.get(above), last.get(above), first.get(below)];
    return from !== undefined && to !== undefined && at !== undefined && from <= at && at < to;
  };
  return { dominates, treeOrder: [...first.keys()] };
}
