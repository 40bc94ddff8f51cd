import { describe, expect, it } from "vitest";
import type { TypedExpression, TypedStatement } from "../../../src/check/typed-program.js";
import { checkText, errors, mapType, program, variableType } from "./harness.js";

const statements = (body: string, options = {}): readonly TypedStatement[] =>
  program(`begin { ${body} }`, options).probes[0]?.body ?? [];
const value = (body: string, options = {}): TypedExpression => {
  const [statement] = statements(body, options);
  if (statement?.kind !== "set_local" && statement?.kind !== "set_map") throw new Error("no assignment");
  return statement.value;
};

describe("conversions are written out", () => {
  it("where a variable grew later", () => {
    expect(value("$a = 1; $a = (uint64)2;")).toMatchObject({
      kind: "constant",
      value: 1n,
      type: { bits: 64 },
    });
  });
  it("where a string is shorter than its variable", () => {
    expect(value('$a = "x"; $a = "longer";').type).toMatchObject({ kind: "string", size: 7 });
  });
  it("of both sides of arithmetic", () => {
    expect(value("$a = pid + tid;")).toMatchObject({
      kind: "arithmetic",
      type: { bits: 64, signed: false },
      left: { kind: "convert", type: { bits: 64 } },
    });
  });
  it("of map keys", () => {
    const [first] = statements("@a[1] = 2; @a[(uint64)3] = 4;");
    expect(first).toMatchObject({ key: { kind: "constant", type: { bits: 64, signed: false } } });
  });
});

describe("literals fold", () => {
  it.each([
    ["$a = 1 + 2 * 3;", 7n],
    ["$a = -5;", -5n],
    ["$a = ~0;", 0xffff_ffff_ffff_ffffn],
    ["$a = ~(-1);", 0n],
    ["$a = true + true;", 1n],
    ["$a = 1 << 33;", 1n << 33n],
    ["$a = 2 < 1;", 0n],
    ["$a = 1 ? 5 : 6;", 5n],
    ["$a = sizeof(uint32);", 4n],
    ["$a = sizeof(true + 1);", 8n],
    ["$a = sizeof(true + true);", 1n],
    ["$a = sizeof(1 ? (int8)1 : (uint64)2);", 8n],
    ["$a = sizeof(1 ? 1 : 300);", 1n],
    ["$a = sizeof(inet[16]);", 20n],
    ["$a = sizeof(struct task_struct);", 64n],
    ["$a = offsetof(struct task_struct, comm);", 8n],
    ["$a = offsetof(struct task_struct, half);", 32n],
  ])("%s", (body, expected) => {
    expect(value(body)).toMatchObject({ kind: "constant", value: expected });
  });
  it("and close branches", () => {
    expect(errors('begin { if (1 < 2) { exit(); } else { fail("never"); } }')).toEqual([]);
  });
});

describe("structs", () => {
  it("lift members of anonymous members, step by step", () => {
    expect(value("$a = curtask.half;")).toMatchObject({
      kind: "field",
      member: { name: "half", offset: 0 },
      object: { kind: "field", member: { name: "", offset: 32 }, object: { kind: "dereference" } },
    });
  });
  it("know bit-fields", () => {
    expect(value("$a = curtask.flag_b;")).toMatchObject({
      member: { offset: 40, bitfield: { shift: 3, width: 29 } },
    });
  });
  it("are laid out as C does", () => {
    const text = `struct pair { char a; int b : 3; int c : 7; short d; union { long e; char f[3]; }; };
      begin { $p = (struct pair *)0; $a = sizeof(struct pair); $d = offsetof(struct pair, d); $f = $p->f; }`;
    const [probe] = program(text).probes;
    const constants = probe?.body.flatMap((each) =>
      each.kind === "set_local" && each.value.kind === "constant" ? [each.value.value] : [],
    );
    // char at 0, bit-fields from bit 8 to 17 of the first int, short at 4, the union at 8.
    expect(constants).toEqual([0n, 16n, 4n]);
    expect(variableType(text, "$f")).toBe("string[3]");
  });
  it("of the script hide those of the kernel", () => {
    expect(variableType("struct task_struct { short own; }; begin { $a = curtask.own; }", "$a")).toBe(
      "int16",
    );
  });
});

describe("address spaces", () => {
  const space = (text: string): string => {
    const [probe] = program(text).probes;
    const found = probe?.locals.find((local) => local.name === "$p");
    return found?.type.kind === "pointer" ? found.type.space : "none";
  };
  it("come from the probe, the type, or where an integer came from", () => {
    expect(space("kprobe:vfs_read { $p = (struct task_struct *)arg0; }")).toBe("kernel");
    expect(space("uprobe:/bin/x:f { $p = (struct task_struct *)arg0; }")).toBe("user");
    expect(space("tracepoint:syscalls:sys_enter_open { $p = args.filename; }")).toBe("user");
    expect(space("uprobe:/bin/x:f { $q = (uint64)curtask; $p = (struct task_struct *)($q + 8); }")).toBe(
      "kernel",
    );
    expect(space("uprobe:/bin/x:f { $p = kptr(arg0); }")).toBe("kernel");
  });
});

describe("parameters", () => {
  it("are numbers, text or nothing", () => {
    expect(value("$a = $1;", { params: ["42"] })).toMatchObject({ kind: "constant", value: 42n });
    expect(value("$a = $1;", { params: ["word"] }).type).toMatchObject({ kind: "string", size: 5 });
    expect(value("$a = $2;", { params: ["x"] })).toMatchObject({ kind: "constant", value: 0n });
    expect(value("$a = str($1);", { params: ["42"] }).type).toMatchObject({ kind: "string", size: 3 });
    expect(value("$a = str($1 + 1);", { params: ["hello"] }).type).toMatchObject({ kind: "string", size: 5 });
    expect(value("$a = $#;", { params: ["x", "y"] })).toMatchObject({ value: 2n });
  });
  it("may be named", () => {
    expect(value('$a = getopt("n", 5);', { params: ["--n=7"] })).toMatchObject({ value: 7n });
    expect(value('$a = getopt("flag");', { params: ["--flag"] })).toMatchObject({ value: 1n });
    expect(value('$a = getopt("n", 5);')).toMatchObject({ value: 5n });
  });
});

describe("macros", () => {
  it("are hygienic", () => {
    const text = "macro twice(x) { let $v = x; $v + $v } begin { $v = 3; $a = twice($v); print(($a, $v)); }";
    expect(program(text).probes[0]?.locals.map((local) => local.name)).toEqual(["$v", "$v", "$a"]);
  });
  it("change the variables and maps they are given", () => {
    expect(
      mapType("macro up($a, @b) { $a += 1; @b += 1; } begin { $x = 1; up($x, @n); print($x); }", "@n"),
    ).toBe("int64");
  });
  it("may call each other, not themselves", () => {
    expect(errors("macro a(x) { x + 1 } macro b(x) { a(x) + 1 } begin { print(b(1)); }")).toEqual([]);
    expect(errors("macro a(x) { a(x) } begin { print(a(1)); }")).toContain("TB2009");
  });
});

describe("config", () => {
  it("takes the environment over the script", () => {
    const text = "config = { max_map_keys = 5; stack_mode = perf; } begin { @[1] = 1; }";
    expect(program(text).maps[0]?.maxEntries).toBe(5);
    expect(program(text, { environment: { max_map_keys: "9" } }).maps[0]?.maxEntries).toBe(9);
    expect(program(text).config.runtime.stackMode).toBe("perf");
    expect(program("let @a = lruhash(7); begin { @a[1] = 1; }").maps[0]).toMatchObject({
      declared: "lruhash",
      maxEntries: 7,
    });
  });
});

describe("diagnostics", () => {
  it("are said once, and without echoes", () => {
    const { diagnostics } = checkText(
      "tracepoint:syscalls:* { @[probe] = count(); $x = nonsense; print($x); }",
    );
    expect(diagnostics.map(({ code }) => code)).toEqual(["TB2001"]);
  });
});
