/**
 * Lays out the 512 bytes below r10: slots first, then spills. Slots that are never of use at the same time share
 * bytes. Needs: the IR for slot lifetimes. Result: offset from r10 of every slot and spill, or how much is missing.
 */
import { MAX_STACK } from "../bpf/constants.js";
import type { IrFunction, SlotId } from "../ir/ir.js";
import { slotRivals } from "./slot-rivals.js";

export interface Frame {
  /** By SlotId; negative. */
  readonly slots: readonly number[];
  /** By spill index; negative, aligned to 8. */
  readonly spills: readonly number[];
  readonly size: number;
}

export function layOutFrame(fn: IrFunction, spills: number): Frame {
  const { used, rivals } = slotRivals(fn);
  const offsets: number[] = fn.slots.map(() => 0);
  const placed: SlotId[] = [];
  let deepest = 0;
  // Large ones first: small ones fit into what they leave.
  const order = [...used].sort((a, b) => (fn.slots[b]?.size ?? 0) - (fn.slots[a]?.size ?? 0));
  for (const id of order) {
    const slot = fn.slots[id];
    if (slot === undefined) continue;
    const others = placed.filter((other) => rivals.get(id)?.has(other) === true);
    const taken = others.map((other) => ({ from: offsets[other] ?? 0, size: fn.slots[other]?.size ?? 0 }));
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
