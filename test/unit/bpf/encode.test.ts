import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, DecodeError } from "../../../src/bpf/decode.js";
import { type Cpu, encode, type Encoded } from "../../../src/bpf/encode.js";
import { type Insn, imm, type Item, label, reg } from "../../../src/bpf/insn.js";
import { program } from "./arbitrary.js";

function encoded(items: readonly Item[], cpu: Cpu = "v4"): Encoded {
  const result = encode(items, cpu);
  if (result.kind !== "encoded") throw new Error(result.message);
  return result;
}

function hexOf(insn: Insn): string {
  return Buffer.from(encoded([insn]).bytes).toString("hex");
}

const NOP: Insn = { kind: "alu", op: "mov", is64: true, dst: 0, src: imm(0) };

test("decoding undoes encoding", () => {
  fc.assert(
    fc.property(program, (items) => {
      const { bytes, relocations } = encoded(items);
      expect(decode(bytes, relocations)).toEqual(items);
    }),
    { numRuns: 500 },
  );
});

test("random bytes decode to something that encodes to the same bytes, or are refused", () => {
  let decoded = 0;
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), (bytes) => {
      let items: Item[];
      try {
        items = decode(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
        return;
      }
      decoded++;
      expect(decode(encoded(items).bytes).length).toBe(items.length);
    }),
    { numRuns: 2000 },
  );
  expect(decoded).toBeGreaterThan(0);
});

describe("bytes", () => {
  // Opcodes worked out by hand from the instruction set document.
  const cases: [string, Insn][] = [
    ["b701000005000000", { kind: "alu", op: "mov", is64: true, dst: 1, src: imm(5) }],
    ["0c21000000000000", { kind: "alu", op: "add", is64: false, dst: 1, src: reg(2) }],
    ["3701010003000000", { kind: "alu", op: "sdiv", is64: true, dst: 1, src: imm(3) }],
    ["bf21200000000000", { kind: "movsx", is64: true, bits: 32, dst: 1, src: 2 }],
    ["8700000000000000", { kind: "neg", is64: true, dst: 0 }],
    ["dc01000010000000", { kind: "endian", to: "be", bits: 16, dst: 1 }],
    ["d701000040000000", { kind: "endian", to: "swap", bits: 64, dst: 1 }],
    [
      "180100008877665500000000 44332211".replace(" ", ""),
      { kind: "loadImm64", dst: 1, value: 0x1122334455667788n },
    ],
    ["7921080000000000", { kind: "ldx", size: 8, signed: false, dst: 1, src: 2, off: 8 }],
    ["9121ffff00000000", { kind: "ldx", size: 1, signed: true, dst: 1, src: 2, off: -1 }],
    ["720af8ff07000000", { kind: "st", size: 1, dst: 10, off: -8, imm: 7 }],
    ["6b1af8ff00000000", { kind: "stx", size: 2, dst: 10, off: -8, src: 1 }],
    ["db21000001000000", { kind: "atomic", op: "add", fetch: true, size: 8, dst: 1, off: 0, src: 2 }],
    ["c3210000f1000000", { kind: "atomic", op: "cmpxchg", fetch: true, size: 4, dst: 1, off: 0, src: 2 }],
    ["850000000e000000", { kind: "callHelper", helper: 14 }],
    ["85100000ffffffff", { kind: "callFunction", symbol: "f" }],
    ["9500000000000000", { kind: "exit" }],
  ];
  test.each(cases)("%s", (bytes, insn) => {
    expect(hexOf(insn)).toBe(bytes.length === 32 ? bytes : bytes.padEnd(16, "0"));
  });
});

describe("places", () => {
  test("offsets and relocations count bytes, wide loads two slots", () => {
    const items: Item[] = [
      { kind: "loadMap", dst: 1, map: "counts" },
      { kind: "label", label: label(0) },
      { kind: "callFunction", symbol: "f" },
      { kind: "loadMapValue", dst: 2, map: ".rodata", offset: 24 },
      { kind: "ja", target: label(0) },
    ];
    const { insnOffsets, relocations, bytes } = encoded(items, "v3");
    expect(insnOffsets).toEqual([0, 16, 16, 24, 40]);
    expect(relocations).toEqual([
      { offset: 0, kind: "map", symbol: "counts" },
      { offset: 16, kind: "callFunction", symbol: "f" },
      { offset: 24, kind: "mapValue", symbol: ".rodata" },
    ]);
    expect(new DataView(bytes.buffer).getInt32(28, true)).toBe(24);
    expect(new DataView(bytes.buffer).getInt16(42, true)).toBe(-4);
  });

  test("jumps to nowhere and labels set twice are bugs of the caller", () => {
    expect(() => encode([{ kind: "ja", target: label(7) }])).toThrow("undefined label 7");
    const twice: Item = { kind: "label", label: label(1) };
    expect(() => encode([twice, NOP, twice])).toThrow("defined twice");
  });

  test("fields out of range are bugs of the caller", () => {
    expect(() => encode([{ kind: "stx", size: 8, dst: 1, off: 40_000, src: 2 }])).toThrow("16 bits");
    expect(() => encode([{ kind: "alu", op: "mov", is64: true, dst: 1, src: imm(2 ** 31) }])).toThrow(
      "int32",
    );
  });
});

describe("limits", () => {
  const far = (length: number, jump: Item): Item[] => [
    jump,
    ...Array.from({ length }, () => NOP),
    { kind: "label", label: label(0) },
    { kind: "exit" },
  ];
  const conditional: Insn = { kind: "jmp", op: "eq", is64: true, dst: 1, src: imm(0), target: label(0) };

  test("the farthest short jump fits", () => {
    expect(encoded(far(0x7fff, conditional), "v3").bytes.length).toBe((0x7fff + 2) * 8);
  });

  test("one more is a limit before v4", () => {
    expect(encode(far(0x8000, conditional), "v3")).toMatchObject({
      kind: "limit",
      limit: "jump-distance",
      item: 0,
    });
  });

  test("v4 jumps as far as it must", () => {
    const items = decode(encoded(far(0x8000, { kind: "ja", target: label(0) })).bytes);
    expect(items.at(-2)).toEqual({ kind: "label", label: label(0) });
    expect(items[0]).toEqual({ kind: "ja", target: label(0) });
  });

  test("v4 turns a conditional jump into a short one around a long one", () => {
    const { bytes, insnOffsets } = encoded(far(0x8000, conditional));
    expect(insnOffsets[1]).toBe(24);
    const items = decode(bytes).slice(0, 6);
    expect(items).toEqual([
      { ...conditional, target: label(0) },
      { kind: "ja", target: label(1) },
      { kind: "label", label: label(0) },
      { kind: "ja", target: label(2) },
      { kind: "label", label: label(1) },
      NOP,
    ]);
  });

  test.each<Insn>([
    { kind: "alu", op: "sdiv", is64: true, dst: 1, src: imm(2) },
    { kind: "movsx", is64: true, bits: 8, dst: 1, src: 1 },
    { kind: "ldx", size: 4, signed: true, dst: 1, src: 1, off: 0 },
    { kind: "endian", to: "swap", bits: 32, dst: 1 },
  ])("v3 has no $kind of this sort", (insn) => {
    expect(encode([NOP, insn], "v3")).toMatchObject({ kind: "limit", limit: "cpu-version", item: 1 });
  });
});

describe("bytes that are no program", () => {
  const cases: [string, string][] = [
    ["95000000", "ends inside an instruction"],
    ["1801000000000000", "cut in half"],
    ["0500050000000000", "out of the program"],
    ["bf0b000000000000", "no register r11"],
    ["ff00000000000000", "unknown opcode 0xff"],
    ["db21000002000000", "unknown atomic"],
    ["8530000001000000", "unknown kind 3 of call"],
    ["0500010000000000180100000000000000000000000000009500000000000000", "into a 64-bit load"],
  ];
  test.each(cases)("%s: %s", (bytes, message) => {
    expect(() => decode(Buffer.from(bytes, "hex"))).toThrow(message);
  });
});
