import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode } from "../../../src/bpf/decode.js";
import { encode } from "../../../src/bpf/encode.js";
import type { AluOp, Item } from "../../../src/bpf/insn.js";
import { ALU_OPS, int32, JMP_OPS, word64 } from "../bpf/arbitrary.js";
import { alu, at, exit, jmp, mov, r0, wide } from "./support.js";

/** What the document says, in unbounded integers; written apart from src/vm/alu.ts, which it judges. */
function oracle(op: AluOp, bits: 32 | 64, a: bigint, b: bigint): bigint {
  const [x, y] = [BigInt.asUintN(bits, a), BigInt.asUintN(bits, b)];
  const [sx, sy] = [BigInt.asIntN(bits, a), BigInt.asIntN(bits, b)];
  const count = y % BigInt(bits);
  const results = {
    add: () => x + y,
    sub: () => x - y,
    mul: () => x * y,
    div: () => (y === 0n ? 0n : x / y),
    sdiv: () => (sy === 0n ? 0n : sx / sy),
    mod: () => (y === 0n ? x : x - (x / y) * y),
    smod: () => (sy === 0n ? sx : sx - (sx / sy) * sy),
    or: () => x | y,
    and: () => x & y,
    xor: () => x ^ y,
    lsh: () => x * 2n ** count,
    rsh: () => x / 2n ** count,
    arsh: () => sx >> count,
    mov: () => y,
  } satisfies Record<AluOp, () => bigint>;
  return BigInt.asUintN(bits, results[op]());
}

/** Through bytes, so that the encoding takes part. */
function viaBytes(items: readonly Item[]): Item[] {
  const result = encode(items, "v4");
  if (result.kind !== "encoded") throw new Error(result.message);
  return decode(result.bytes, result.relocations);
}

const op = fc.constantFrom(...ALU_OPS);

test("register operands", () => {
  fc.assert(
    fc.property(op, fc.boolean(), word64, word64, (name, is64, a, b) => {
      const items = viaBytes([wide(0, a), wide(2, b), alu(name, 0, "r2", is64), exit]);
      expect(r0(items)).toBe(oracle(name, is64 ? 64 : 32, a, b));
    }),
    { numRuns: 2000 },
  );
});

test("immediates are sign-extended", () => {
  fc.assert(
    fc.property(op, fc.boolean(), word64, int32, (name, is64, a, b) => {
      const items = viaBytes([wide(0, a), alu(name, 0, b, is64), exit]);
      expect(r0(items)).toBe(oracle(name, is64 ? 64 : 32, a, BigInt(b)));
    }),
    { numRuns: 2000 },
  );
});

test("long chains keep agreeing", () => {
  const step = fc.record({ name: op, is64: fc.boolean(), value: fc.oneof(int32, fc.constantFrom(0, 1, -1)) });
  fc.assert(
    fc.property(word64, fc.array(step, { minLength: 1, maxLength: 50 }), (start, steps) => {
      const items = [wide(0, start), ...steps.map((s) => alu(s.name, 0, s.value, s.is64)), exit];
      const expected = steps.reduce((a, s) => oracle(s.name, s.is64 ? 64 : 32, a, BigInt(s.value)), start);
      expect(r0(viaBytes(items))).toBe(expected);
    }),
  );
});

test("compares", () => {
  fc.assert(
    fc.property(fc.constantFrom(...JMP_OPS), fc.boolean(), word64, word64, (name, is64, a, b) => {
      const bits = is64 ? 64 : 32;
      const [x, y] = [BigInt.asUintN(bits, a), BigInt.asUintN(bits, b)];
      // Flipping the top bit maps signed order to unsigned order.
      const top = 1n << BigInt(bits - 1);
      const [sx, sy] = [x ^ top, y ^ top];
      const expected = {
        eq: x === y,
        ne: x !== y,
        set: (x & y) !== 0n,
        gt: x > y,
        ge: x >= y,
        lt: x < y,
        le: x <= y,
        sgt: sx > sy,
        sge: sx >= sy,
        slt: sx < sy,
        sle: sx <= sy,
      }[name];
      const items = viaBytes([
        wide(1, a),
        wide(2, b),
        mov(0, 1),
        jmp(name, 1, "r2", 0, is64),
        mov(0, 0),
        at(0),
        exit,
      ]);
      expect(r0(items)).toBe(expected ? 1n : 0n);
    }),
    { numRuns: 1000 },
  );
});

describe("the rest", () => {
  const value = 0x1122_3344_8566_f788n;
  const cases: [string, Item, bigint][] = [
    ["neg", { kind: "neg", is64: true, dst: 0 }, BigInt.asUintN(64, -value)],
    ["neg32", { kind: "neg", is64: false, dst: 0 }, 0x7a99_0878n],
    ["s8 to 64", { kind: "movsx", is64: true, bits: 8, dst: 0, src: 0 }, 0xffff_ffff_ffff_ff88n],
    ["s16 to 32", { kind: "movsx", is64: false, bits: 16, dst: 0, src: 0 }, 0xffff_f788n],
    ["s32 to 64", { kind: "movsx", is64: true, bits: 32, dst: 0, src: 0 }, 0xffff_ffff_8566_f788n],
    ["le16", { kind: "endian", to: "le", bits: 16, dst: 0 }, 0xf788n],
    ["be16", { kind: "endian", to: "be", bits: 16, dst: 0 }, 0x88f7n],
    ["be32", { kind: "endian", to: "be", bits: 32, dst: 0 }, 0x88f7_6685n],
    ["bswap64", { kind: "endian", to: "swap", bits: 64, dst: 0 }, 0x88f7_6685_4433_2211n],
  ];
  test.each(cases)("%s", (_name, insn, expected) => {
    expect(r0(viaBytes([wide(0, value), insn, exit]))).toBe(expected);
  });
});
