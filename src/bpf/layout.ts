/** Where instructions come to lie, and which jumps need their long form. */
import { assertNever } from "../base/assert-never.js";
import type { Insn, Item, Label } from "./insn.js";

/** v3 (kernel 5.1 and up): 16-bit jumps only. v4 (kernel 6.6): long jumps, signed division, sign extension. */
export type Cpu = "v3" | "v4";

/** What this cpu version cannot express: a limit of the target, not a mistake of the caller. */
export interface EncodeLimit {
  readonly kind: "limit";
  /** Index of the offending item. */
  readonly item: number;
  readonly limit: "jump-distance" | "cpu-version";
  readonly message: string;
}

/** Where each item starts, in slots, and which jumps take their long form. */
export interface Layout {
  readonly kind: "layout";
  readonly start: readonly number[];
  readonly slots: number;
  readonly long: ReadonlySet<number>;
  readonly labels: ReadonlyMap<Label, number>;
}

/**
 * Lays a program out. Lengthening one jump can push another out of reach, so distances are measured until none
 * changes. Throws on undefined and doubled labels.
 */
export function place(items: readonly Item[], cpu: Cpu): Layout | EncodeLimit {
  const long = new Set<number>();
  for (;;) {
    const { start, slots, labels } = measure(items, long);
    let grown = false;
    for (const [index, item] of items.entries()) {
      if ((item.kind !== "jmp" && item.kind !== "ja") || long.has(index)) continue;
      const distance = targetSlot(labels, item.target) - ((start[index] ?? 0) + 1);
      if (distance >= -0x8000 && distance <= 0x7fff) continue;
      if (cpu === "v3") {
        const message = `a jump spans ${Math.abs(distance)} instructions; before BPF cpu v4 (kernel 6.6) at most 32767 are possible`;
        return { kind: "limit", item: index, limit: "jump-distance", message };
      }
      long.add(index);
      grown = true;
    }
    if (!grown) return { kind: "layout", start, slots, long, labels };
  }
}

function measure(items: readonly Item[], long: ReadonlySet<number>) {
  const start: number[] = [];
  const labels = new Map<Label, number>();
  let slots = 0;
  for (const [index, item] of items.entries()) {
    start.push(slots);
    if (item.kind === "label") {
      if (labels.has(item.label)) throw new Error(`label ${item.label} is defined twice`);
      labels.set(item.label, slots);
    } else {
      slots += slotCount(item, long.has(index));
    }
  }
  return { start, slots, labels };
}

/** Slots an instruction takes; `long` is the long form of a jump. */
export function slotCount(insn: Insn, long: boolean): number {
  switch (insn.kind) {
    case "loadImm64":
    case "loadMap":
    case "loadMapValue":
    case "loadFunction":
      return 2;
    case "jmp":
      return long ? 3 : 1;
    case "alu":
    case "neg":
    case "movsx":
    case "endian":
    case "ldx":
    case "st":
    case "stx":
    case "atomic":
    case "ja":
    case "callHelper":
    case "callKfunc":
    case "callFunction":
    case "exit":
      return 1;
  }
  return assertNever(insn, "instruction");
}

export function targetSlot(labels: ReadonlyMap<Label, number>, target: Label): number {
  const slot = labels.get(target);
  if (slot === undefined) throw new Error(`jump to undefined label ${target}`);
  return slot;
}
