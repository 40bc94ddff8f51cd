import { describe, expect, it } from "vitest";
import type { Scalar, Shape } from "../../../src/binary/dwarf/shape.js";
import { placesOf } from "../../../src/lang/probes/calling-convention.js";
import { type ArchName, archOf } from "../../../src/target/arch.js";
import type { ArgumentPlace } from "../../../src/types/type.js";

const kinds = { i: "integer", f: "float", x: "extended" } as const;

/** `i8`: an integer of 8 bytes; `{i8 f4}`: a struct of such members, each aligned; `[{…}]`: one passed by its address. */
function shape(text: string): Shape {
  const byReference = text.startsWith("[");
  const isComposite = text.includes("{");
  const scalars: Scalar[] = [];
  let end = 0;
  for (const [, kind = "i", digits = "8"] of text.matchAll(/([ifx])(\d+)/g)) {
    const size = Number(digits);
    const offset = Math.ceil(end / size) * size;
    scalars.push({ offset, size, kind: kinds[kind as keyof typeof kinds] });
    end = offset + size;
  }
  const align = Math.max(1, ...scalars.map(({ size }) => size));
  return { size: Math.ceil(end / align) * align, align, isComposite, byReference, scalars };
}

/** `r0`: a register, `r1+r2`: two of them, `s8`: so many bytes above the stack pointer, `*`: the address there, `-`. */
function print(place: ArgumentPlace, arch: ArchName): string {
  switch (place.kind) {
    case "registers":
      return place.offsets.map((offset) => `r${archOf(arch).args.indexOf(offset)}`).join("+");
    case "stack":
      return `s${place.offset}`;
    case "reference":
      return `*${print(place.at, arch)}`;
    case "nowhere":
      return "-";
  }
}

function places(arch: ArchName, parameters: string, result = ""): string {
  const shapes = (parameters.match(/\[\{.*?\}\]|\{.*?\}|\w+/g) ?? []).map(shape);
  return placesOf(shapes, shape(result), archOf(arch))
    .map((place) => print(place, arch))
    .join(" ");
}

describe("where arguments are", () => {
  it.each([
    ["i8 i4 i1", "r0 r1 r2"],
    ["i8 i8 i8 i8 i8 i8 i8 i4", "r0 r1 r2 r3 r4 r5 s8 s16"],
    ["{i8 i4} i8", "r0+r1 r2"],
    ["i8 i8 i8 i8 i8 {i8 i8} i4", "r0 r1 r2 r3 r4 s8 r5"],
    ["{i8 i8 i8} i4", "s8 r0"],
    ["f8 i4 f4 i4", "- r0 - r1"],
    ["{i4 f4} i4", "r0 r1"],
    ["{i8 f8} i4", "- r1"],
    ["f8 f8 f8 f8 f8 f8 f8 f8 f8 i4", "- - - - - - - - s8 r0"],
    ["x16 i4 x16", "s8 r0 s24"],
    ["{i8 i8 i8} x16 i4", "s8 s40 r0"],
    ["i8 i16 i8", "r0 r1+r2 r3"],
    ["[{i8}] i8", "*r0 r1"],
    ["i8 i8 i8 i8 i8 i8 [{i8}]", "r0 r1 r2 r3 r4 r5 *s8"],
    ["{} i4", "- r0"],
  ])("x86-64: %s", (parameters, expected) => {
    expect(places("x86_64", parameters)).toBe(expected);
  });

  it("x86-64: behind the address of a result in memory", () => {
    expect(places("x86_64", "i8", "{i8 i8 i8}")).toBe("r1");
    expect(places("x86_64", "i8", "[{i4}]")).toBe("r1");
    expect(places("x86_64", "i8", "{i8 i8}")).toBe("r0");
  });

  it.each([
    ["i8 i4 {i8 i8}", "r0 r1 r2+r3"],
    ["i8 i8 i8 i8 i8 i8 i8 {i8 i8} i8", "r0 r1 r2 r3 r4 r5 r6 s0 s16"],
    ["{i8 i8 i8} i4", "*r0 r1"],
    ["i8 i16 i8", "r0 r2+r3 r4"],
    ["f8 {f4 f4 f4} i4", "- - r0"],
    ["{f8 f8 f8 f8} {f8 f8 f8 f8} {f8 f8} f4 i4", "- - s0 s16 r0"],
    ["{i4 f4} i4", "r0 r1"],
  ])("arm64: %s", (parameters, expected) => {
    expect(places("aarch64", parameters, "{i8 i8 i8}")).toBe(expected);
  });
});
