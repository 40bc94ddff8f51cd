import { describe, expect, it } from "vitest";
import { type BtfType, type BtfView, btfTypeId } from "../../../src/btf/types.js";
import { noTrampoline } from "../../../src/lang/probes/trampoline.js";

const TYPES: readonly BtfType[] = [
  { kind: "void" },
  { kind: "ptr", type: btfTypeId(0) },
  { kind: "struct", name: "pair", size: 16, members: [] },
  { kind: "struct", name: "large", size: 24, members: [] },
  { kind: "union", name: "either", size: 8, members: [] },
  { kind: "typedef", name: "either_t", type: btfTypeId(4) },
];
const view = {
  type: (id: number) => TYPES[id] ?? { kind: "void" },
  strip: (id: number) => (id === 5 ? 4 : id),
} as unknown as BtfView;
const reason = (ret: number, ...params: number[]): string | undefined =>
  noTrampoline(
    {
      kind: "func_proto",
      ret: btfTypeId(ret),
      params: params.map((type) => ({ name: "", type: btfTypeId(type) })),
    },
    view,
  );

describe("what fentry can be placed at, by prototype", () => {
  it("takes pointers, nothing, and structs of two registers", () => {
    expect(reason(0)).toBeUndefined();
    expect(reason(1, 1, 2)).toBeUndefined();
  });
  it("has limits", () => {
    expect(reason(2)).toBe("returns a struct");
    expect(reason(5)).toBe("returns a union");
    expect(reason(1, 4)).toBe("takes a union by value");
    expect(reason(1, 3)).toBe("takes a struct of 24 bytes by value");
    expect(reason(1, 1, 0)).toBe("takes a variable number of arguments");
    expect(reason(1, ...Array.from({ length: 13 }, () => 1))).toBe("takes more than 12 arguments");
  });
});
