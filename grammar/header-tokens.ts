/** What stands between the items of a script: preprocessor lines, C, declarations' first words, attach points. */
import { createToken, type CustomPatternMatcherFunc, type TokenType } from "chevrotain";
import { attachPointEnd, cDefinitionEnd } from "./scan.js";

/** A match of the custom patterns: chevrotain takes only the first element. */
function matched(text: string, from: number, to: number): [string] | null {
  return to > from ? [text.slice(from, to)] : null;
}

export const Shebang = createToken({ name: "Shebang", pattern: /#![^\n\r]*/, label: "`#!`" });
/** The rest of the line, and further lines while a backslash ends them. */
export const Preprocessor = createToken({
  name: "Preprocessor",
  pattern: /#(?:\\\r?\n|[^\n])*/,
  line_breaks: true,
  label: "a preprocessor line",
});
const headerWord = (name: string, pattern: RegExp, label: string, mode = "signature"): TokenType =>
  createToken({
    name,
    pattern,
    label,
    push_mode: mode,
    start_chars_hint: [pattern.source.charAt(0)],
  });
const matchCDefinition: CustomPatternMatcherFunc = (text, offset) =>
  matched(text, offset, cDefinitionEnd(text, offset));
/** A struct, union, enum or typedef as a whole: C has its own grammar, and a preprocessor before it. */
export const CDefinition = createToken({
  name: "CDefinition",
  pattern: matchCDefinition,
  line_breaks: true,
  label: "a C definition",
  start_chars_hint: ["s", "u", "e", "t"],
});
export const Config = headerWord("Config", /config(?=\s*=)/, "`config`");
export const ImportDefinition = headerWord("ImportDefinition", /import(?=[\s"])/, "`import`");
export const MacroDefinition = headerWord("MacroDefinition", /macro(?=\s)/, "`macro`");
export const FunctionDefinition = headerWord("FunctionDefinition", /fn(?=\s)/, "`fn`");
export const MapDefinition = headerWord("MapDefinition", /let(?=[\s@])/, "`let`", "map");
const matchAttachPoint: CustomPatternMatcherFunc = (text, offset) =>
  matched(text, offset, attachPointEnd(text, offset));
export const AttachPoint = createToken({
  name: "AttachPoint",
  pattern: matchAttachPoint,
  line_breaks: false,
  label: "an attach point",
  // Any character may begin one except those `attachPointEnd` refuses.
  start_chars_hint: Array.from({ length: 256 }, (_, code) => code).filter((code) => code > 32),
});
