/**
 * Nothing of the language is left without a test that runs on kernels: every builtin, probe, operator, construct, type
 * and config variable stands in the program of some test of test/kernel that is meant to run.
 */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { BinaryOperator, Node, Script, UnaryOperator } from "../../../src/ast/ast.js";
import { forEachNode } from "../../../src/ast/walk.js";
import { NodeIds } from "../../../src/base/ids.js";
import { Sources } from "../../../src/base/source.js";
import { check } from "../../../src/check/check.js";
// @ts-expect-error: a development script, plain JavaScript
import { environmentOf, one, readTests } from "../../../src/dev/e2e/test-file.mjs";
import { Log } from "../../../src/diag/diagnostic.js";
import { configName, configVariables } from "../../../src/lang/config.js";
import { builtins, providers } from "../../../src/lang/index.js";
import { parse } from "../../../src/parse/parse.js";
import { loadProfile } from "../../../src/target/profile.js";
import type { Type } from "../../../src/types/type.js";
import { stubBinaries } from "../check/stub-binaries.js";

const UNARY = [
  "!",
  "~",
  "-",
  "+",
  "*",
  "++x",
  "--x",
  "x++",
  "x--",
] as const satisfies readonly UnaryOperator[];
// biome-ignore format: one line is a table
const BINARY = ["*", "/", "%", "+", "-", "<<", ">>", "<", ">", "<=", ">=", "==", "!=", "&", "^", "|", "&&", "||"] as const satisfies readonly BinaryOperator[];
/** Those that a program can hold; a declared function is refused, and so never runs. */
// biome-ignore format: one line is a table
const CONSTRUCTS: readonly Node["kind"][] = [
  "c_text", "config", "config_entry", "import", "map_declaration", "macro", "probe", "attach_point", "block",
  "expression_statement", "assignment", "let", "if", "while", "for", "range", "unroll", "jump", "block_statement",
  "integer", "bool", "string", "identifier", "positional", "positional_count", "variable", "map", "call", "field",
  "tuple_access", "index", "unary", "binary", "ternary", "cast", "sizeof", "offsetof", "typeinfo", "tuple", "record",
  "block_expression", "if_expression", "address_of", "type_name", "type_pointer", "type_array", "type_tuple", "typeof",
];
const TYPES = {
  void: true,
  int: true,
  bool: true,
  enum: true,
  string: true,
  buffer: true,
  pointer: true,
  array: true,
  struct: true,
  tuple: true,
  record: true,
  inet: true,
  mac: true,
  stack: true,
  symbol: true,
  username: true,
  timestamp: true,
  cgroup_path: true,
  aggregate: true,
} as const satisfies Record<Type["kind"], true>;

/** Refused wherever they stand: cases of test/errors. override() is, by the configuration of every kernel the tests meet. */
const REFUSED: ReadonlySet<string> = new Set(["override"]);

/** What no script can set, or what nothing follows from. */
const UNTESTED_CONFIG: ReadonlySet<string> = new Set(
  configVariables.filter(({ deprecated }) => deprecated === true).map(({ name }) => name),
);

const root = new URL("../../../", import.meta.url);
const target = loadProfile(readFileSync(new URL("tools/linux-6.12.profile", root)));
if (!target.ok) throw new Error(target.error);

const words = new Set<string>();
const kinds = new Set<string>();
const operators = new Set<string>();
const config = new Set<string>();
const types = new Set<string>();

function noteTypes(value: unknown, seen = new Set<object>()): void {
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  seen.add(value);
  const { type } = value as { readonly type?: { readonly kind?: unknown } };
  if (typeof type?.kind === "string") types.add(type.kind);
  for (const part of Object.values(value)) noteTypes(part, seen);
}

function note(script: Script): void {
  forEachNode(script, (node) => {
    kinds.add(node.kind);
    if (node.kind === "call" || node.kind === "identifier") words.add(node.name);
    if (node.kind === "attach_point") words.add(`${node.provider.toLowerCase()}:`);
    if (node.kind === "unary") operators.add(node.operator);
    if (node.kind === "binary") operators.add(`a ${node.operator} b`);
    if (node.kind === "assignment" && node.operator !== undefined) operators.add(`a ${node.operator} b`);
  });
}

for (const test of readTests()) {
  const file = one(test, "FILE");
  const path = file === undefined ? undefined : new URL(file, root);
  const text =
    one(test, "PROG") ?? (path !== undefined && existsSync(path) ? readFileSync(path, "utf8") : "");
  for (const name of Object.keys(environmentOf(test) as object))
    if (name.startsWith("BPFTRACE_")) config.add(configName(name));
  const sources = new Sources();
  const log = new Log();
  const named = text.replace(/\{(work|tmp|root)\}/g, "/folder").replaceAll("{pid}", "1");
  const script = text === "" ? undefined : parse(sources.add("stdin", named), new NodeIds(), log);
  if (script === undefined || log.hasErrors) continue;
  // A limit shows only where it refuses.
  for (const entry of script.config?.entries ?? []) config.add(configName(entry.name));
  if (one(test, "EXIT") === "1") continue;
  note(script);
  const options = { target: target.value, binaries: stubBinaries, params: ["1", "2"], unsafe: true, sources };
  const typed = check(script, options, new Log());
  noteTypes(typed);
  for (const { value } of typed?.maps ?? []) types.add(value.kind);
}

/** Of `arg0`, `arg1` … one stands for all: they are one entry made several times. */
const family = (name: string): string => name.replace(/^(s?arg)\d+$/, "$1");
const families = new Set([...words].map(family));

describe("a kernel test uses", () => {
  it.each(builtins.filter(({ name }) => !REFUSED.has(name)))("$name", ({ name, aliases }) => {
    expect([name, ...(aliases ?? [])].some((each) => families.has(family(each)))).toBe(true);
  });
  it.each(providers)("the probe $name", ({ name, aliases }) => {
    expect([name, ...(aliases ?? [])].some((each) => words.has(`${each}:`))).toBe(true);
  });
  it.each([...UNARY, ...BINARY.map((each) => `a ${each} b`)])("the operator %s", (operator) => {
    expect(operators.has(operator)).toBe(true);
  });
  it.each(CONSTRUCTS)("the construct %s", (kind) => {
    expect(kinds.has(kind)).toBe(true);
  });
  it.each(Object.keys(TYPES))("a value of the type %s", (kind) => {
    expect(types.has(kind)).toBe(true);
  });
  it.each(configVariables.filter(({ name }) => !UNTESTED_CONFIG.has(name)))("config $name", ({ name }) => {
    expect(config.has(name)).toBe(true);
  });
});
