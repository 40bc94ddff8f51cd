/**
 * Jumps out of reach before BPF cpu v4: a jump spans at most 32767 slots there, so it goes to a trampoline on the way,
 * a jump of its own to where the first one wanted.
 */
import { type Item, type Label, label } from "./insn.js";
import { slotCount } from "./layout.js";

const REACH = 0x7fff;
/** Trampolines lie so far from the jumps that use them: what is put in between later must not push them away. */
const AIM = 28000;
/** How far back from there a place is looked for that nothing falls through to. */
const SEARCH = 4000;

/** The same program, every jump within reach. Line information and relocations stand in the items and stay right. */
export function withTrampolines(items: readonly Item[]): readonly Item[] {
  let current = items;
  for (;;) {
    const next = lay(current);
    if (next === undefined) return current;
    current = next;
  }
}

interface Trampoline {
  readonly label: Label;
  readonly target: Label;
  /** It stands before this item. */
  readonly before: number;
}

/** One round; undefined when every jump is within reach. A trampoline's own jump may need another one, next round. */
function lay(items: readonly Item[]): readonly Item[] | undefined {
  const { starts, labels, free } = measure(items);
  const made: Trampoline[] = [];
  const retargeted = new Map<number, Label>();
  const byTarget = new Map<Label, Trampoline[]>();
  items.forEach((item, index) => {
    if (item.kind !== "jmp" && item.kind !== "ja") return;
    const from = starts[index] ?? 0;
    const to = starts[labels.get(item.target) ?? 0] ?? 0;
    if (Math.abs(to - from) <= REACH) return;
    const known = (byTarget.get(item.target) ?? []).find(
      ({ before }) =>
        isBetween(starts[before] ?? 0, from, to) && Math.abs((starts[before] ?? 0) - from) <= AIM,
    );
    const trampoline = known ?? {
      label: label(free + made.length),
      target: item.target,
      before: placeFor(items, starts, from, to),
    };
    if (known === undefined) {
      made.push(trampoline);
      byTarget.set(item.target, [...(byTarget.get(item.target) ?? []), trampoline]);
    }
    retargeted.set(index, trampoline.label);
  });
  return retargeted.size === 0 ? undefined : insert(items, made, retargeted, free + made.length);
}

const isBetween = (at: number, from: number, to: number): boolean =>
  from < to ? from < at && at < to : to < at && at < from;

function measure(items: readonly Item[]) {
  const starts: number[] = [];
  const labels = new Map<Label, number>();
  let slots = 0;
  let free = 0;
  for (const [index, item] of items.entries()) {
    starts.push(slots);
    if (item.kind !== "label") slots += slotCount(item, false);
    else {
      labels.set(item.label, index);
      free = Math.max(free, item.label + 1);
    }
  }
  return { starts, labels, free };
}

/** Index of the item a trampoline is best put before: behind an end or a jump, where nobody comes by. */
function placeFor(items: readonly Item[], starts: readonly number[], from: number, to: number): number {
  const wanted = to > from ? from + AIM : from - AIM;
  const back = to > from ? -1 : 1;
  const first = lowerBound(starts, wanted);
  for (let at = first; at > 0 && at < items.length; at += back) {
    if (Math.abs((starts[at] ?? 0) - wanted) > SEARCH) break;
    const previous = items[at - 1];
    if (previous?.kind === "ja" || previous?.kind === "exit") return at;
  }
  return first;
}

/** First index whose slot is at least this one. */
function lowerBound(starts: readonly number[], slot: number): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) < slot) low = middle + 1;
    else high = middle;
  }
  return low;
}

function insert(
  items: readonly Item[],
  made: readonly Trampoline[],
  retargeted: ReadonlyMap<number, Label>,
  free: number,
): readonly Item[] {
  const before = new Map<number, Trampoline[]>();
  for (const each of made) before.set(each.before, [...(before.get(each.before) ?? []), each]);
  const out: Item[] = [];
  let next = free;
  for (const [index, item] of items.entries()) {
    const here = before.get(index);
    if (here !== undefined) {
      const previous = out.at(-1);
      const passed = previous?.kind !== "ja" && previous?.kind !== "exit";
      const around = label(next++);
      if (passed) out.push({ kind: "ja", target: around });
      for (const each of here)
        out.push({ kind: "label", label: each.label }, { kind: "ja", target: each.target });
      if (passed) out.push({ kind: "label", label: around });
    }
    const target = retargeted.get(index);
    out.push(
      target !== undefined && (item.kind === "jmp" || item.kind === "ja") ? { ...item, target } : item,
    );
  }
  return out;
}
