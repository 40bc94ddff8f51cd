import { expect, test } from "vitest";
import { encode } from "../../../src/bpf/encode.js";
import { type Insn, imm, type Item, type Label, label } from "../../../src/bpf/insn.js";
import { withTrampolines } from "../../../src/bpf/trampolines.js";

const mark = (value: number): Insn => ({ kind: "alu", op: "mov", is64: true, dst: 0, src: imm(value) });
const when = (target: number): Insn => ({
  kind: "jmp",
  op: "eq",
  is64: true,
  dst: 1,
  src: imm(0),
  target: label(target),
});

/** `count` blocks of 100 instructions; each begins with its mark and ends in a jump to `to(block)`. */
function blocks(count: number, to: (block: number) => number): readonly Item[] {
  const items: Item[] = [];
  for (let block = 0; block < count; block++) {
    items.push({ kind: "label", label: label(block) }, mark(block));
    for (let i = 0; i < 98; i++) items.push(mark(-1));
    items.push(when(to(block)));
  }
  items.push({ kind: "exit" });
  return items;
}

/** For each conditional jump, the mark it arrives at, through however many trampolines. */
function arrivals(items: readonly Item[]): readonly (number | undefined)[] {
  const places = new Map<Label, number>();
  items.forEach((item, at) => {
    if (item.kind === "label") places.set(item.label, at);
  });
  const arrival = (target: Label): number | undefined => {
    let at = places.get(target) ?? 0;
    for (let steps = 0; steps < 100; steps++) {
      const item = items[at];
      if (item?.kind === "label") at++;
      else if (item?.kind === "ja") at = places.get(item.target) ?? 0;
      else return item?.kind === "alu" && item.src.kind === "imm" ? item.src.value : undefined;
    }
    return undefined;
  };
  return items.flatMap((item) => (item.kind === "jmp" ? [arrival(item.target)] : []));
}

test.each([
  ["all to the end", 1200, (_: number, count: number) => count - 1],
  ["all to the beginning", 1200, () => 0],
  ["each to its mirror image", 1000, (block: number, count: number) => count - 1 - block],
  ["each some way on, around the end", 1500, (block: number, count: number) => (block * 7 + 611) % count],
])("jumps %s arrive where they did, each within reach", (_, count, to) => {
  const items = blocks(count, (block) => to(block, count));
  expect(encode(items, "v3")).toMatchObject({ kind: "limit", limit: "jump-distance" });
  const reaching = withTrampolines(items);
  expect(encode(reaching, "v3").kind).toBe("encoded");
  expect(arrivals(reaching)).toEqual(
    items.flatMap((_, i) => (items[i]?.kind === "jmp" ? [to(Math.floor(i / 101), count)] : [])),
  );
});

test("what is within reach stays as it is", () => {
  const items = blocks(300, (block) => 299 - block);
  expect(withTrampolines(items)).toBe(items);
});

test("nobody falls into a trampoline", () => {
  const reaching = withTrampolines(blocks(1200, () => 0));
  reaching.forEach((item, i) => {
    if (item.kind !== "ja" || reaching[i - 1]?.kind !== "label") return;
    expect(["ja", "exit"]).toContain(reaching[i - 2]?.kind);
  });
});
