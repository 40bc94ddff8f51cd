import { describe, expect, it } from "vitest";
import { NamedOptions } from "../../../src/check/named-options.js";
import { Log } from "../../../src/diag/diagnostic.js";
import { tsbt } from "../cli/fake-io.js";

/** The value a getopt() gives, or the message about it. */
function take(
  text: string,
  kind: "bool" | "int64" | "uint64" | "string",
  fallback: bigint | string,
): bigint | string {
  const log = new Log();
  const options = new NamedOptions(text === "" ? [] : [text]);
  options.declare("x", kind, fallback, "");
  const value = options.valueOf("x", kind, fallback, log);
  return log.diagnostics[0]?.message ?? value;
}

describe("values of named options", () => {
  it("fall back to the default", () => {
    expect(take("", "uint64", 7n)).toBe(7n);
    expect(take("", "string", "a")).toBe("a");
  });
  it("are read as the default's type says", () => {
    expect(take("--x=0xffffffffffffffff", "uint64", 1n)).toBe(0xffff_ffff_ffff_ffffn);
    expect(take("--x=5ms", "uint64", 1n)).toBe(5_000_000n);
    expect(take("--x=-10", "int64", -1n)).toBe(-10n);
    expect(take("--x=-1", "uint64", 1n)).toBe(0xffff_ffff_ffff_ffffn);
    expect(take("--x=a=b", "string", "")).toBe("a=b");
    expect(take("--x=", "string", "z")).toBe("");
    for (const word of ["--x", "--x=1", "--x=True", "--x=ON", "--x=yes"])
      expect(take(word, "bool", 0n)).toBe(1n);
    for (const word of ["--x=0", "--x=False", "--x=off", "--x=NO"]) expect(take(word, "bool", 1n)).toBe(0n);
  });
  it("that do not fit are told with their value", () => {
    const told = (what: string, value: string) => `program command line option --x ${what} (value: ${value})`;
    expect(take("--x=False", "uint64", 1n)).toBe(told("invalid integer", "False"));
    expect(take("--x=-9223372036854775809", "uint64", 1n)).toMatch(/value is out of range/);
    expect(take("--x", "uint64", 1n)).toBe(told("expects an integer", "true"));
    expect(take("--x", "string", "")).toBe(told("expects a string", "true"));
    expect(take("--x=maybe", "bool", 0n)).toBe(told("expects a boolean (e.g. 'true')", "maybe"));
    expect(take("--x=9223372036854775808", "int64", -1n)).toBe(
      told("value is out of range", "9223372036854775808"),
    );
  });
});

describe("getopt()", () => {
  const run = (program: string, ...params: string[]) => tsbt(["--dump=types", "-e", program, ...params]);
  it("takes positional and named parameters mixed", () => {
    const ran = run('begin { print(($1, getopt("aa", 10), $2)); }', "5", "--", "--aa=20", "6");
    expect(ran.stderr).toBe("");
    expect(ran.stdout).toContain("20");
    expect(ran.stdout).toContain("6");
  });
  it("refuses options nobody asks for", () => {
    const { code, stderr } = run('begin { print(getopt("aa", 10)); }', "--", "--bb");
    expect(code).toBe(1);
    expect(stderr).toContain("ERROR: unexpected program command line options: --bb\n");
    expect(stderr).toContain("HINT: expected program options: --aa\n");
  });
  it("knows the options of branches that are not compiled", () => {
    const left = 'if comptime (false) { print(getopt("aa", 10, "How many")); } else { print(getopt("bb")); }';
    expect(run(`begin { ${left} }`, "--", "--aa=20").stderr).toBe("");
    const wrong = run(`begin { ${left} }`, "--", "--cc");
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain("HINT: expected program options: --bb, --aa\n");
    expect(run(`begin { ${left} }`, "--", "--help").stderr).toContain("--bb\n--aa: How many\n");
  });
  it("knows those of macros in such branches and predicates, but of no macro that nothing uses", () => {
    const program = `macro most() { getopt("aa", 10) }
      macro deep() { most + 1 }
      macro idle() { getopt("cc", 10) }
      begin { print(1); }
      end /comptime false/ { print(deep); }`;
    expect(run(program, "--", "--aa=20").stderr).toBe("");
    expect(run(program, "--", "--cc=20").stderr).toContain(
      "ERROR: unexpected program command line options: --cc\nHINT: expected program options: --aa\n",
    );
  });
  it("makes the help of the program", () => {
    const program = 'begin { print((getopt("aa", 10, "How many"), getopt("bb"))); }';
    const { code, stderr } = run(program, "--", "--help");
    expect(code).toBe(1);
    expect(stderr).toContain("HINT: expected program options:\n--aa: How many\n--bb\n");
    expect(run("begin { }", "--", "--help").stderr).toContain("HINT: no custom program options defined.\n");
  });
  const errors: readonly (readonly [program: string, message: string])[] = [
    ["getopt(10)", "expects a string literal"],
    [
      'getopt("a", pid)',
      "Second argument to 'getopt' must be a string literal, integer literal, or a boolean literal.",
    ],
    [
      '(getopt("a", 1), getopt("a", "b"))',
      "Command line option 'a' needs to have the same default value in all places it is used. Previous default value: 1",
    ],
    [
      '(getopt("a", 1, "x"), getopt("a", 1, "y"))',
      "Command line option 'a' must have the same description in all places it's used.",
    ],
  ];
  for (const [expression, message] of errors) {
    it(`refuses ${expression}`, () => {
      expect(run(`begin { print(${expression}); }`).stderr).toContain(message);
    });
  }
});
