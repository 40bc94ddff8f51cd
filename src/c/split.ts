/**
 * Cuts preprocessed C into its declarations at file scope. Functions, variables and prototypes are dropped on the
 * way, unparsed: in a system header they are nearly everything, and a script can use none of them.
 */
import type { CToken } from "./token.js";

export interface Cut {
  /** Without the `;`. */
  readonly tokens: readonly CToken[];
  /** The `#pragma pack` in force at its end. */
  readonly pack: number | undefined;
}

const OPENS = /^[({[]$/;
const CLOSES = /^[)}\]]$/;
/** What may be followed by parentheses without being a function. */
const WITH_PARENTHESES =
  /^(?:__attribute__|__attribute|_Alignas|__?asm(?:__)?|asm|__?typeof(?:__)?|typeof|_Static_assert|static_assert)$/;
const DEFINES = /^(?:struct|union|enum)$/;

export function cut(tokens: readonly CToken[]): Cut[] {
  const cuts: Cut[] = [];
  const packs: (number | undefined)[] = [];
  let pack: number | undefined;
  let current: CToken[] = [];
  let depth = 0;
  let callLike = false;
  let initialised = false;
  const finish = (wanted: boolean): void => {
    if (wanted && matters(current)) cuts.push({ tokens: current, pack });
    current = [];
    callLike = false;
    initialised = false;
  };
  for (const token of tokens) {
    if (token.kind === "pragma") {
      pack = packed(token.text, pack, packs);
      continue;
    }
    const punctuator = token.kind === "punctuator" ? token.text : "";
    if (depth === 0) {
      if (punctuator === ";") {
        finish(true);
        continue;
      }
      if (punctuator === "(" && !WITH_PARENTHESES.test(current.at(-1)?.text ?? "")) callLike = true;
      if (punctuator === "=") initialised = true;
    }
    current.push(token);
    if (OPENS.test(punctuator)) depth++;
    else if (CLOSES.test(punctuator) && depth > 0) {
      depth--;
      // The body of a function ends it; a struct goes on to its `;`.
      if (depth === 0 && punctuator === "}" && callLike && !initialised) finish(false);
    }
  }
  finish(true);
  return cuts;
}

/** Whether a declaration defines a type, or is a typedef or an assertion. */
function matters(tokens: readonly CToken[]): boolean {
  const start = tokens.findIndex(({ text }) => text !== "__extension__");
  const first = tokens[start]?.text;
  if (first === undefined) return false;
  if (first === "typedef" || first === "_Static_assert" || first === "static_assert") return true;
  if (!tokens.some(({ text }) => DEFINES.test(text))) return tokens.some(({ text }) => text === "typedef");
  return tokens.some(({ text, kind }) => text === "{" && kind === "punctuator");
}

/** `pack(4)`, `pack(push, 1)`, `pack(pop)`, `pack()` */
function packed(text: string, now: number | undefined, stack: (number | undefined)[]): number | undefined {
  const words = text.replace(/^pack\(?|\)$/g, "").split(",");
  let pack = now;
  if (words.includes("push")) stack.push(now);
  if (words.includes("pop")) pack = stack.pop();
  const number = words.find((word) => /^\d+$/.test(word));
  if (number !== undefined) return Number(number);
  return words.every((word) => word === "") ? undefined : pack;
}
