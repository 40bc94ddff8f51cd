import { describe, expect, it } from "vitest";
import { readInteger, readString } from "../../../src/parse/literals.js";
import { expressionOf, tryParse } from "./parse-text.js";

describe("integers", () => {
  const values: [string, bigint][] = [
    ["0", 0n],
    ["1_000", 1000n],
    ["0x1F", 31n],
    ["0Xff_ff", 65535n],
    ["0b101", 5n],
    ["017", 15n],
    ["1e6", 1_000_000n],
    ["9E3", 9000n],
    ["18446744073709551615", 18446744073709551615n],
    ["1ns", 1n],
    ["2us", 2000n],
    ["3ms", 3_000_000n],
    ["4s", 4_000_000_000n],
    ["1m", 60_000_000_000n],
    ["1h", 3_600_000_000_000n],
    ["1d", 86_400_000_000_000n],
    ["4294967295u", 4294967295n],
    ["10ULL", 10n],
  ];
  for (const [text, value] of values) {
    it(text, () => {
      const node = expressionOf(text);
      expect(node).toMatchObject({ kind: "integer", value, text });
    });
  }
  it("tells suffixes and durations apart", () => {
    expect(readInteger("7ul")).toEqual({ value: 7n, suffix: "ul", duration: false });
    expect(readInteger("7us")).toEqual({ value: 7000n, duration: true });
    expect(readInteger("7")).toEqual({ value: 7n, duration: false });
  });
  for (const text of [
    "18446744073709551616",
    "12e4",
    "1e20",
    "09",
    "4294967296u",
    "9223372036854775808l",
    "1ulll",
    "1_",
    "5e-9",
    "0x",
    "300000000000000d",
  ]) {
    it(`refuses ${text}`, () => expect(tryParse(`begin { $a = ${text}; }`).codes).toContain("TB1006"));
  }
  it("does not spend memory on a huge exponent", () => {
    expect(readInteger("1e999999999")).toHaveProperty("error");
  });
  it("reads character literals", () => {
    expect(expressionOf("'a'")).toMatchObject({ kind: "integer", value: 97n });
    expect(expressionOf("'\\n'")).toMatchObject({ value: 10n });
    expect(tryParse("begin { $a = 'ab'; }").codes).toEqual(["TB1012"]);
  });
});

describe("strings", () => {
  it("resolves escapes and keeps the spelling", () => {
    expect(expressionOf(String.raw`"a\n\t\\\"\x41\101\0"`)).toMatchObject({
      value: 'a\n\t\\"AA\0',
      raw: String.raw`a\n\t\\\"\x41\101\0`,
    });
  });
  it("gives bytes for escapes, UTF-8 bytes for typed characters up to 255, others as they are", () => {
    expect(readString("\\xe9")).toEqual({ value: "\xe9" });
    expect(readString("é")).toEqual({ value: "\xc3\xa9" });
    expect(readString("€")).toEqual({ value: "€" });
  });
  it("takes a comment's start and a brace for text", () => {
    expect(expressionOf('"// { /* \'"')).toMatchObject({ value: "// { /* '" });
  });
  for (const raw of ["\\q", "\\777", "\\xg"]) {
    it(`refuses "${raw}"`, () => expect(tryParse(`begin { $a = "${raw}"; }`).codes).toEqual(["TB1007"]));
  }
});
