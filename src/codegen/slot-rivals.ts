/**
 * Which slots may not share bytes: those that hold something wanted at the same time. A slot is wanted between an
 * instruction that touched it and one that will; one whose address is stored in memory is wanted everywhere.
 */
import type { BlockId, IrBlock, IrFunction, IrInstruction, SlotId, ValueId } from "../ir/ir.js";
import { jumps, operands, predecessors, resultOf, successors, terminatorOperands } from "../ir/uses.js";

export interface SlotRivals {
  readonly used: ReadonlySet<SlotId>;
  readonly rivals: ReadonlyMap<SlotId, ReadonlySet<SlotId>>;
}

type Slots = ReadonlySet<SlotId>;

export function slotRivals(fn: IrFunction): SlotRivals {
  const roots = addressRoots(fn);
  const touches = new Map(fn.blocks.map((block) => [block.id, touchesOf(block, roots)]));
  const used = new Set([...touches.values()].flatMap((points) => points.flatMap((slots) => [...slots])));
  const escaped = escapedSlots(fn, roots);
  const inBlock = new Map(
    [...touches].map(([id, points]) => [id, new Set(points.flatMap((s) => [...s]))] as const),
  );
  const before = spread(fn.blocks, inBlock, predecessors(fn.blocks));
  const after = spread(
    [...fn.blocks].reverse(),
    inBlock,
    new Map(fn.blocks.map((b) => [b.id, successors(b)])),
  );
  const rivals = new Map<SlotId, Set<SlotId>>([...used].map((slot) => [slot, new Set<SlotId>()]));
  const seen = new Set<string>();
  for (const { id } of fn.blocks) {
    walk(touches.get(id) ?? [], before.get(id) ?? none, after.get(id) ?? none, (together) => {
      // Most points of a block have the same slots as the one before.
      const key = together.join(" ");
      if (seen.has(key)) return;
      seen.add(key);
      for (const slot of together) for (const other of together) rivals.get(slot)?.add(other);
    });
  }
  for (const slot of escaped) {
    for (const other of used) {
      rivals.get(slot)?.add(other);
      rivals.get(other)?.add(slot);
    }
  }
  return { used, rivals };
}

const none: Slots = new Set();

/** Slots wanted at each point: touched here or before, and here or after. */
function walk(
  points: readonly Slots[],
  before: Slots,
  after: Slots,
  use: (together: readonly SlotId[]) => void,
): void {
  const later: Set<SlotId>[] = [];
  let behind = new Set(after);
  for (let i = points.length - 1; i >= 0; i--) {
    const touched = points[i] ?? none;
    if ([...touched].some((slot) => !behind.has(slot))) behind = new Set([...behind, ...touched]);
    later[i] = behind;
  }
  const earlier = new Set(before);
  points.forEach((touched, i) => {
    for (const slot of touched) earlier.add(slot);
    use([...earlier].filter((slot) => later[i]?.has(slot) === true));
  });
}

/** Slots touched by each instruction, and by the terminator last. */
function touchesOf(block: IrBlock, roots: ReadonlyMap<ValueId, Slots>): readonly Slots[] {
  const slotsOf = (values: readonly ValueId[]): Slots => {
    const found = values.flatMap((value) => [...(roots.get(value) ?? none)]);
    return found.length === 0 ? none : new Set(found);
  };
  const points = block.instructions.map((insn) => slotsOf([...operands(insn), ...made(insn)]));
  return [...points, slotsOf(terminatorOperands(block.terminator))];
}

function made(insn: IrInstruction): readonly ValueId[] {
  const result = resultOf(insn);
  return result === undefined ? [] : [result];
}

function escapedSlots(fn: IrFunction, roots: ReadonlyMap<ValueId, Slots>): Slots {
  const escaped = new Set<SlotId>();
  for (const block of fn.blocks) {
    for (const insn of block.instructions) {
      if (insn.op !== "store" && insn.op !== "atomic") continue;
      for (const slot of roots.get(insn.value) ?? none) escaped.add(slot);
    }
  }
  return escaped;
}

/** Slots into which a pointer value may point: through field addresses, additions and block parameters. */
function addressRoots(fn: IrFunction): ReadonlyMap<ValueId, Slots> {
  const roots = new Map<ValueId, Set<SlotId>>();
  const params = new Map(fn.blocks.map((b) => [b.id, b.params]));
  const add = (to: ValueId, slots: Iterable<SlotId> | undefined): boolean => {
    if (slots === undefined) return false;
    const set = roots.get(to) ?? new Set();
    const size = set.size;
    for (const slot of slots) set.add(slot);
    roots.set(to, set);
    return set.size !== size;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of fn.blocks) {
      for (const insn of block.instructions) {
        if (insn.op === "slot_addr") changed = add(insn.result, [insn.slot]) || changed;
        if (insn.op === "field_addr" || insn.op === "ptr_add") {
          changed = add(insn.result, roots.get(insn.base)) || changed;
        }
      }
      for (const jump of jumps(block.terminator)) {
        jump.args.forEach((arg, i) => {
          const param = params.get(jump.block)?.[i];
          if (param !== undefined) changed = add(param, roots.get(arg)) || changed;
        });
      }
    }
  }
  return roots;
}

/** For each block the slots touched in any block from which `from` leads to it, itself left out unless in a loop. */
function spread(
  blocks: readonly IrBlock[],
  inBlock: ReadonlyMap<BlockId, Slots>,
  from: ReadonlyMap<BlockId, readonly BlockId[]>,
): ReadonlyMap<BlockId, Slots> {
  const found = new Map<BlockId, Set<SlotId>>(blocks.map((b) => [b.id, new Set<SlotId>()]));
  for (let changed = true; changed; ) {
    changed = false;
    for (const { id } of blocks) {
      const set = found.get(id);
      if (set === undefined) continue;
      const size = set.size;
      for (const other of from.get(id) ?? []) {
        for (const slot of inBlock.get(other) ?? none) set.add(slot);
        for (const slot of found.get(other) ?? none) set.add(slot);
      }
      if (set.size !== size) changed = true;
    }
  }
  return found;
}
