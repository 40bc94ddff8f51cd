import type { CBase, CDecl } from "./c-decl.js";

/** Widths of the integer words on LP64. */
const words: ReadonlySet<string> = new Set([
  "signed",
  "unsigned",
  "char",
  "short",
  "int",
  "long",
  "__signed__",
]);
const qualifiers: ReadonlySet<string> = new Set([
  "const",
  "volatile",
  "restrict",
  "__user",
  "__rcu",
  "__percpu",
]);
const fixed: Readonly<Record<string, readonly [size: 1 | 2 | 4 | 8, signed: boolean]>> = {
  u8: [1, false],
  u16: [2, false],
  u32: [4, false],
  u64: [8, false],
  s8: [1, true],
  s16: [2, true],
  s32: [4, true],
  s64: [8, true],
  __u8: [1, false],
  __u16: [2, false],
  __u32: [4, false],
  __u64: [8, false],
  __s8: [1, true],
  __s16: [2, true],
  __s32: [4, true],
  __s64: [8, true],
  uint8_t: [1, false],
  uint16_t: [2, false],
  uint32_t: [4, false],
  uint64_t: [8, false],
  size_t: [8, false],
  ssize_t: [8, true],
};

/**
 * Takes a field declaration of a tracepoint format apart: `const char * filename`, `__data_loc char[] name`,
 * `unsigned long args[6]`, `struct foo *p`. What it cannot read becomes a `named` base of the whole text.
 */
export function parseDecl(text: string): CDecl {
  const dataLoc = text.includes("__data_loc");
  const relLoc = text.includes("__rel_loc");
  const array = /\[([^\]]*)\]/.exec(text);
  // Function pointers and bit-fields do not occur in formats; brackets may stand before or after the name.
  const plain = text.replace(/\[[^\]]*\]/g, " ").replace(/__data_loc|__rel_loc/g, " ");
  const pointers = (plain.match(/\*/g) ?? []).length;
  const tokens = plain
    .replace(/\*/g, " ")
    .split(/\s+/)
    .filter((word) => word !== "" && !qualifiers.has(word));
  const name = tokens.length > 1 ? (tokens.pop() ?? "") : "";
  return { name, base: parseBase(tokens), pointers, array: parseLength(array?.[1]), dataLoc, relLoc };
}

function parseLength(text: string | undefined): CDecl["array"] {
  if (text === undefined) return undefined;
  if (text.trim() === "") return "flexible";
  return /^\s*\d+\s*$/.test(text) ? Number(text) : "unknown";
}

function parseBase(tokens: readonly string[]): CBase {
  const [first = "", second = ""] = tokens;
  if (first === "struct" || first === "union" || first === "enum") return { kind: first, name: second };
  if (tokens.length === 1) {
    if (first === "void") return { kind: "void" };
    if (first === "bool" || first === "_Bool") return { kind: "bool" };
    const known = fixed[first];
    if (known !== undefined) return { kind: "int", size: known[0], signed: known[1], char: false };
  }
  if (tokens.length > 0 && tokens.every((word) => words.has(word))) return integer(tokens);
  return { kind: "named", name: tokens.join(" ") };
}

function integer(tokens: readonly string[]): CBase {
  const signed = !tokens.includes("unsigned");
  if (tokens.includes("char")) return { kind: "int", size: 1, signed, char: true };
  const size = tokens.includes("short") ? 2 : tokens.includes("long") ? 8 : 4;
  return { kind: "int", size, signed, char: false };
}
