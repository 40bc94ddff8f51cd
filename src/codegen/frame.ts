/**
 * Lays out the 512 bytes below r10: slots first, then spills. Slots that are never of use at the same time share
 * bytes. Needs: the IR for slot lifetimes. Result: offset from r10 of every slot and spill, or how much is missing.
 */
import { MAX_STACK } from "../bpf/constants.js";
import type { IrFunction, IrInstruction, SlotId, ValueId } from "../ir/ir.js";
import { operands, predecessors, resultOf, successors, terminatorOperands } from "../ir/uses.js";

export interface Frame {
  /** By SlotId; negative. */
  readonly slots: readonly number[];
  /** By spill index; negative, aligned to 8. */
  readonly spills: readonly number[];
  readonly size: number;
}

export function layOutFrame(fn: IrFunction, spills: number): Frame {
  const lives = slotLives(fn);
  const offsets: number[] = fn.slots.map(() => 0);
  const placed: SlotId[] = [];
  let deepest = 0;
  // Large ones first: small ones fit into what they leave.
  const order = fn.slots
    .map((_, id) => id as SlotId)
    .sort((a, b) => (fn.slots[b]?.size ?? 0) - (fn.slots[a]?.size ?? 0));
  for (const id of order) {
    const slot = fn.slots[id];
    const life = lives[id];
    if (slot === undefined || life === undefined || life.size === 0) continue;
    const rivals = placed.filter((other) => overlaps(life, lives[other]));
    const taken = rivals.map((other) => ({ from: offsets[other] ?? 0, size: fn.slots[other]?.size ?? 0 }));
    // Whole words are stored into slots whatever their declared alignment, and the stack wants them aligned.
    const natural = slot.size >= 8 ? 8 : slot.size >= 4 ? 4 : slot.size >= 2 ? 2 : 1;
    const offset = firstGap(taken, slot.size, Math.max(natural, slot.align));
    offsets[id] = offset;
    deepest = Math.max(deepest, -offset);
    placed.push(id);
  }
  const base = Math.ceil(deepest / 8) * 8;
  const spillOffsets = Array.from({ length: spills }, (_, i) => -(base + 8 * (i + 1)));
  return { slots: offsets, spills: spillOffsets, size: base + 8 * spills };
}

/** Does the frame fit what the kernel gives a function? */
export const frameLimit = MAX_STACK;

function overlaps(a: ReadonlySet<number>, b: ReadonlySet<number> | undefined): boolean {
  if (b === undefined) return false;
  for (const point of a) if (b.has(point)) return true;
  return false;
}

/** The place nearest to r10 where `size` bytes lie free of all that is taken. Offsets are negative. */
function firstGap(
  taken: readonly { readonly from: number; readonly size: number }[],
  size: number,
  align: number,
): number {
  const tops = [0, ...taken.map((t) => t.from)].sort((a, b) => b - a);
  for (const top of tops) {
    const from = Math.floor((top - size) / align) * align;
    if (taken.every((t) => from + size <= t.from || from >= t.from + t.size)) return from;
  }
  throw new Error("frame: no place below everything");
}

/**
 * Program points at which each slot may hold something wanted: between an instruction that touched it and one that
 * will. A slot whose address is stored or passed on in a way we do not follow is wanted everywhere.
 */
function slotLives(fn: IrFunction): readonly ReadonlySet<number>[] {
  const roots = addressRoots(fn);
  const touches = new Map<number, Set<SlotId>>();
  const escaped = new Set<SlotId>();
  const starts = new Map<number, number>();
  let point = 0;
  for (const block of fn.blocks) {
    starts.set(block.id, point);
    for (const insn of block.instructions) {
      const touched = new Set<SlotId>();
      for (const value of [...operands(insn), ...resultList(insn)])
        for (const slot of roots.get(value) ?? []) touched.add(slot);
      if (insn.op === "store" || insn.op === "atomic")
        for (const slot of roots.get(insn.value) ?? []) escaped.add(slot);
      touches.set(point++, touched);
    }
    const touched = new Set<SlotId>();
    for (const value of terminatorOperands(block.terminator))
      for (const slot of roots.get(value) ?? []) touched.add(slot);
    touches.set(point++, touched);
  }
  const total = point;
  const later = spread(fn, starts, touches, "backward");
  const earlier = spread(fn, starts, touches, "forward");
  return fn.slots.map((_, id) => {
    const slot = id as SlotId;
    const life = new Set<number>();
    for (let p = 0; p < total; p++) {
      if (escaped.has(slot) || (later[p]?.has(slot) === true && earlier[p]?.has(slot) === true)) life.add(p);
    }
    return life;
  });
}

function resultList(insn: IrInstruction): readonly ValueId[] {
  const result = resultOf(insn);
  return result === undefined ? [] : [result];
}

/** Slots into which a pointer value may point: through field addresses, additions and block parameters. */
function addressRoots(fn: IrFunction): ReadonlyMap<ValueId, ReadonlySet<SlotId>> {
  const roots = new Map<ValueId, Set<SlotId>>();
  const add = (to: ValueId, slots: Iterable<SlotId>): boolean => {
    const set = roots.get(to) ?? new Set();
    const before = set.size;
    for (const slot of slots) set.add(slot);
    roots.set(to, set);
    return set.size !== before;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of fn.blocks) {
      for (const insn of block.instructions) {
        if (insn.op === "slot_addr") changed = add(insn.result, [insn.slot]) || changed;
        if (insn.op === "field_addr" || insn.op === "ptr_add") {
          changed = add(insn.result, roots.get(insn.base) ?? []) || changed;
        }
      }
      const term = block.terminator;
      const out =
        term.op === "jump"
          ? [term.to]
          : term.op === "branch"
            ? [term.then, term.otherwise]
            : term.op === "switch"
              ? [...term.cases.map((c) => c.to), term.otherwise]
              : [];
      for (const jump of out) {
        const params = fn.blocks.find((b) => b.id === jump.block)?.params ?? [];
        params.forEach((param, i) => {
          const arg = jump.args[i];
          if (arg !== undefined) changed = add(param, roots.get(arg) ?? []) || changed;
        });
      }
    }
  }
  return roots;
}

/** For each point the slots touched at it or somewhere behind (forward: before) it on some path. */
function spread(
  fn: IrFunction,
  starts: ReadonlyMap<number, number>,
  touches: ReadonlyMap<number, ReadonlySet<SlotId>>,
  direction: "forward" | "backward",
): readonly ReadonlySet<SlotId>[] {
  const result: Set<SlotId>[] = [];
  for (const [point, touched] of touches) result[point] = new Set(touched);
  const before = predecessors(fn.blocks);
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of fn.blocks) {
      const first = starts.get(block.id) ?? 0;
      const last = first + block.instructions.length;
      const flow = (from: number, to: number): void => {
        const target = result[to];
        if (target === undefined) return;
        const size = target.size;
        for (const slot of result[from] ?? []) target.add(slot);
        if (target.size !== size) changed = true;
      };
      if (direction === "forward") {
        for (const id of before.get(block.id) ?? []) flow(lastOf(fn, starts, id), first);
        for (let p = first + 1; p <= last; p++) flow(p - 1, p);
      } else {
        for (const id of successors(block)) flow(starts.get(id) ?? 0, last);
        for (let p = last - 1; p >= first; p--) flow(p + 1, p);
      }
    }
  }
  return result;
}

function lastOf(fn: IrFunction, starts: ReadonlyMap<number, number>, id: number): number {
  const block = fn.blocks.find((b) => b.id === id);
  return (starts.get(id) ?? 0) + (block?.instructions.length ?? 0);
}
