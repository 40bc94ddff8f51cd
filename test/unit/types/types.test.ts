import { describe, expect, it } from "vitest";
import { equalTypes, literalType, promote, settle, wrapInteger } from "../../../src/types/compat.js";
import { storageUnit } from "../../../src/types/from-btf.js";
import { alignOf, sizeOf, tupleLayout } from "../../../src/types/layout.js";
import { printType } from "../../../src/types/print.js";
import { intType, type Type } from "../../../src/types/type.js";

const i = (bits: 8 | 16 | 32 | 64) => intType(bits, true);
const u = (bits: 8 | 16 | 32 | 64) => intType(bits, false);
const text = (size: number): Type => ({ kind: "string", size });
const tuple = (...elements: Type[]): Type => ({ kind: "tuple", elements });

describe("promotion", () => {
  it.each([
    [i(8), i(32), "int32"],
    [u(8), i(8), "int16"],
    [u(32), i(32), "int64"],
    [u(64), i(64), "int64"],
    [u(8), i(32), "int32"],
    [literalType(1n), u(32), "uint32"],
    [literalType(-1n), u(32), "int64"],
    [text(4), text(9), "string[9]"],
    [tuple(u(8), text(3)), tuple(i(8), text(2)), "(int16,string[3])"],
  ])("of %o and %o", (a, b, expected) => {
    const forth = promote(a, b);
    const back = promote(b, a);
    expect(forth === undefined ? "none" : printType(forth)).toBe(expected);
    expect(back === undefined ? "none" : printType(back)).toBe(expected);
  });
  it.each([
    [i(8), text(3)],
    [tuple(i(8)), tuple(i(8), i(8))],
    [{ kind: "bool" }, i(8)],
    [{ kind: "aggregate", aggregate: { function: "count" } }, i(64)],
  ] satisfies [Type, Type][])("of %o and %o is refused", (a, b) => {
    expect(promote(a, b)).toBeUndefined();
  });
});

describe("layout", () => {
  it("aligns elements as C does", () => {
    expect(tupleLayout([u(8), u(64), text(3), u(32)])).toEqual({
      offsets: [0, 8, 16, 20],
      size: 24,
      align: 8,
    });
    expect(sizeOf(tuple())).toBe(0);
    expect(sizeOf({ kind: "stack", space: "user", mode: "perf", depth: 3 })).toBe(16);
  });
  it("finds the unit that holds a bit-field", () => {
    expect(storageUnit(323, 29, 32)).toEqual({ offset: 40, shift: 3, bits: 32 });
    expect(storageUnit(30, 5, 32)).toEqual({ offset: 0, shift: 30, bits: 64 });
  });
});

describe("literals", () => {
  it("take the smallest signed type", () => {
    expect(
      [0n, 127n, 128n, -128n, -129n, 1n << 40n, 1n << 63n].map((value) => printType(literalType(value))),
    ).toEqual(["int8", "int8", "int16", "int8", "int16", "int64", "uint64"]);
    expect(wrapInteger(300n, u(8))).toBe(44n);
    expect(wrapInteger(255n, i(8))).toBe(-1n);
  });
});

describe("tuples in tuples", () => {
  /** A hundred deep: what looks at a part twice a level would not come to an end. */
  const deep = (innermost: Type): Type =>
    Array.from({ length: 100 }).reduce<Type>((inner) => tuple(inner, u(64)), innermost);

  it("are settled, compared and laid out part by part", () => {
    const flexible = deep(literalType(1n));
    expect(settle(flexible)).toEqual(deep(settle(literalType(1n))));
    expect(settle(deep(i(8)))).toEqual(deep(i(8)));
    expect(equalTypes(flexible, deep(settle(literalType(1n))))).toBe(true);
    expect(sizeOf(deep(i(64)))).toBe(808);
    expect(alignOf(deep(i(8)))).toBe(8);
  });

  it("without flexible parts are settled to themselves", () => {
    const type = tuple(i(8), tuple(u(16)));
    expect(settle(type)).toBe(type);
  });
});
