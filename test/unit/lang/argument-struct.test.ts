import { describe, expect, it } from "vitest";
import { decodeBtf } from "../../../src/btf/decode.js";
import { BtfBuilder } from "../../../src/btf/encode.js";
import { argumentStruct } from "../../../src/lang/probes/typed-arguments.js";
import { BtfTypes } from "../../../src/types/from-btf.js";

describe("arguments of a typed function", () => {
  it("lie behind a struct by value at the slots the kernel counts", () => {
    const btf = new BtfBuilder();
    const int = btf.int("int", 4, true);
    const wide = btf.int("long", 8, true);
    const pair = btf.struct("pair", 16, [
      { name: "a", type: wide, offset: 0 },
      { name: "b", type: wide, offset: 8 },
    ]);
    const decoded = decodeBtf(btf.finish());
    if (!decoded.ok) throw new Error(decoded.error);
    const params = [
      { name: "command", type: int },
      { name: "both", type: pair },
      { name: "size", type: int },
    ];
    const struct = argumentStruct("f", params, new BtfTypes(() => decoded.value));
    expect(struct.members.map(({ name, offset }) => [name, offset])).toEqual([
      ["command", 0],
      ["both", 8],
      ["size", 24],
    ]);
    expect(struct.size).toBe(32);
  });
});

describe("names in BTF", () => {
  it("are found alike by few searches and by many, which go through an index", () => {
    const btf = new BtfBuilder();
    const proto = btf.funcProto(btf.int("int", 4, true), []);
    const ids = Array.from({ length: 300 }, (_, i) => btf.func(`f${i}`, proto));
    btf.struct("f7", 4, []);
    const decoded = decodeBtf(btf.finish());
    if (!decoded.ok) throw new Error(decoded.error);
    expect(ids.map((_, i) => decoded.value.findFunction(`f${i}`))).toEqual(ids);
    expect(decoded.value.findFunction("f300")).toBeUndefined();
    expect(decoded.value.findFunction("")).toBeUndefined();
    expect(decoded.value.findStruct("f7")).toBe((ids.at(-1) ?? 0) + 1);
  });
});
