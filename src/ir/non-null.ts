/** Which pointers that may be null were found not to be, and where: facts of branches, met over all ways. */
import { append } from "../base/multimap.js";
import { reversePostOrder } from "./dominators.js";
import type { BlockId, IrBlock, IrFunction, ValueId } from "./ir.js";
import { jumps } from "./uses.js";

export interface NonNullFacts {
  /** Found not null on every way to the block. */
  at(block: BlockId): ReadonlySet<ValueId>;
  /** Found not null when the block is left by its jump number `index`. */
  onEdge(block: IrBlock, index: number): ReadonlySet<ValueId>;
}

const nothing: ReadonlySet<ValueId> = new Set();

export function nonNullFacts(fn: IrFunction): NonNullFacts {
  const tests = nullTests(fn);
  const edgesInto = new Map<BlockId, { readonly from: IrBlock; readonly index: number }[]>();
  for (const from of fn.blocks) {
    jumps(from.terminator).forEach((jump, index) => {
      append(edgesInto, jump.block, { from, index });
    });
  }
  // A block not seen yet knows everything: only what contradicts takes away.
  const known = new Map<BlockId, ReadonlySet<ValueId>>();
  const entry = fn.blocks[0];
  if (entry !== undefined) known.set(entry.id, nothing);
  const onEdge = (block: IrBlock, index: number): ReadonlySet<ValueId> => {
    const before = known.get(block.id) ?? nothing;
    const test = tests.get(block.id);
    return test !== undefined && test.index === index ? new Set(before).add(test.value) : before;
  };
  if (tests.size > 0) {
    const order = reversePostOrder(fn.blocks).slice(1);
    for (let changed = true; changed; ) {
      changed = false;
      for (const block of order) {
        const met = meet(edgesInto.get(block.id) ?? [], known, onEdge);
        if (met === undefined || known.get(block.id)?.size === met.size) continue;
        known.set(block.id, met);
        changed = true;
      }
    }
  }
  return { at: (block) => known.get(block) ?? nothing, onEdge };
}

function meet(
  edges: readonly { readonly from: IrBlock; readonly index: number }[],
  known: ReadonlyMap<BlockId, ReadonlySet<ValueId>>,
  onEdge: NonNullFacts["onEdge"],
): ReadonlySet<ValueId> | undefined {
  let met: ReadonlySet<ValueId> | undefined;
  for (const { from, index } of edges) {
    if (!known.has(from.id)) continue;
    const facts = onEdge(from, index);
    met = met === undefined ? facts : new Set([...met].filter((value) => facts.has(value)));
  }
  return met;
}

/** Blocks that end in a comparison with zero: the value, and which of the jumps means "not zero". */
function nullTests(fn: IrFunction): Map<BlockId, { readonly value: ValueId; readonly index: number }> {
  const zeroes = new Set<ValueId>();
  for (const block of fn.blocks) {
    for (const insn of block.instructions)
      if (insn.op === "const" && insn.value === 0n) zeroes.add(insn.result);
  }
  const found = new Map<BlockId, { value: ValueId; index: number }>();
  for (const { id, terminator } of fn.blocks) {
    if (terminator.op !== "branch" || (terminator.kind !== "ne" && terminator.kind !== "eq")) continue;
    const { left, right } = terminator;
    const value = zeroes.has(right) ? left : zeroes.has(left) ? right : undefined;
    const type = value === undefined ? undefined : fn.valueTypes[value];
    if (value === undefined || type?.kind !== "ptr" || !type.nullable) continue;
    if (terminator.then.block === terminator.otherwise.block) continue;
    found.set(id, { value, index: terminator.kind === "ne" ? 0 : 1 });
  }
  return found;
}
