/**
 * Reading ahead in raw text, for the spots a regular expression cannot decide: where an attach point ends, and
 * whether an item of the script starts here. Knows no probe type by name, except that `begin` and `end` are
 * the attach points written without a colon.
 */

/** Blanks and comments, from `offset` on: the offset of what follows. */
export function skipLayout(text: string, offset: number): number {
  LAYOUT.lastIndex = offset;
  LAYOUT.exec(text);
  return LAYOUT.lastIndex;
}
const LAYOUT = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;

/** Characters no attach point begins with: they belong to the text around it. */
const NOT_FIRST = new Set([
  "/",
  "{",
  "}",
  "<",
  ">",
  ",",
  ";",
  "(",
  ")",
  "[",
  "]",
  "=",
  "#",
  "|",
  "&",
  "?",
  "!",
]);

/**
 * The end of the attach point that starts at `offset`, or `offset` itself if none does. It runs to a blank or
 * one of `{ , < ; }` outside quotes, or to the `/` of a predicate that follows without a blank.
 */
export function attachPointEnd(text: string, offset: number): number {
  if (NOT_FIRST.has(text[offset] ?? "/")) return offset;
  let partStart = offset;
  let colon = false;
  let at = offset;
  for (; at < text.length; at++) {
    const char = text[at] ?? "";
    if (/[\s{,<;}]/.test(char)) break;
    if (char === '"') {
      const close = closingQuote(text, at);
      if (close === undefined) return lineEnd(text, at);
      at = close;
    } else if (char === ":") {
      colon = true;
      partStart = at + 1;
    } else if (char === "/" && !(colon && slashIsPath(text, partStart, at))) break;
  }
  return at;
}

/**
 * `uprobe:/bin/x:f`, `uprobe:./x:f`, `uprobe:lib/x.so:f`: a path. `kprobe:f/pid/ {`: a predicate. A part that
 * starts with a name is a path if a colon is still to come; else a slash that has a partner before the action
 * block is a predicate's.
 */
function slashIsPath(text: string, partStart: number, at: number): boolean {
  const part = text.slice(partStart, at);
  if (part === "" || /^[./$~"]/.test(part)) return true;
  if (text[at + 1] === "/" || text[at + 1] === "*") return false;
  COLON_AHEAD.lastIndex = at;
  if (COLON_AHEAD.test(text)) return true;
  PREDICATE_AHEAD.lastIndex = at;
  return !PREDICATE_AHEAD.test(text);
}
const COLON_AHEAD = /[^\s{,<":]*:/y;
const PREDICATE_AHEAD = /\/[^{}]*?\/(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*(?:[{<]|$)/y;

function closingQuote(text: string, open: number): number | undefined {
  for (let at = open + 1; at < text.length; at++) {
    const char = text[at];
    if (char === "\\") at++;
    else if (char === '"') return at;
    else if (char === "\n") return undefined;
  }
  return undefined;
}

function lineEnd(text: string, offset: number): number {
  const at = text.indexOf("\n", offset);
  return at < 0 ? text.length : at;
}

/** A tag definition, not an attach point: names, attributes and comments up to the `{`. */
const TAG_DEFINITION =
  /(?:struct|union|enum)\b(?:\s|\w|\((?:[^()]|\([^()]*\))*\)|\/\*[\s\S]*?\*\/|\/\/[^\n]*)*(?=\{)/y;
const TYPEDEF = /typedef(?=\s)/y;
/** What is passed over in C text: literals and comments, whole. */
const C_PIECE = /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\.)*'|\/\/[^\n]*|\/\*[\s\S]*?\*\/|[\s\S]/y;
const ATTRIBUTE = /__attribute__(?:\s|\/\*[\s\S]*?\*\/)*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)/y;

/**
 * The end of the C definition at `offset`, or `offset` itself if none begins there. A struct, union or enum ends
 * with its `}` and the attributes behind it, a `;` is not needed; a typedef ends with its `;`. One that is never
 * closed takes the rest of the text.
 */
export function cDefinitionEnd(text: string, offset: number): number {
  TYPEDEF.lastIndex = offset;
  if (TYPEDEF.test(text)) {
    const end = cEnd(text, offset, ";");
    return end ?? text.length;
  }
  TAG_DEFINITION.lastIndex = offset;
  if (!TAG_DEFINITION.test(text)) return offset;
  let end = cEnd(text, TAG_DEFINITION.lastIndex, "}");
  if (end === undefined) return text.length;
  for (let next = skipLayout(text, end); ; next = skipLayout(text, end)) {
    ATTRIBUTE.lastIndex = next;
    if (ATTRIBUTE.test(text)) end = ATTRIBUTE.lastIndex;
    else return text[next] === ";" ? next + 1 : end;
  }
}

/** Whether the text of a whole definition has its end, or only the script's. */
export function cDefinitionCloses(text: string): boolean {
  return cEnd(text, 0, text.startsWith("typedef") ? ";" : "}") !== undefined;
}

/** Behind the `last` that stands outside all brackets opened since `offset`; undefined: there is none. */
function cEnd(text: string, offset: number, last: "}" | ";"): number | undefined {
  let depth = 0;
  C_PIECE.lastIndex = offset;
  for (let piece = C_PIECE.exec(text); piece !== null; piece = C_PIECE.exec(text)) {
    const [char] = piece;
    if (char === "{") depth++;
    else if (char === "}") depth--;
    if (char === last && depth === 0) return C_PIECE.lastIndex;
  }
  return undefined;
}

/** Declarations, each recognised by what no expression looks like. */
const DECLARATION =
  /#|(?:macro|fn)\s+[A-Za-z_]\w*\s*\(|let\s*@|config\s*=\s*\{|import\s*"|typedef\s+\w|(?:struct|union|enum)\s+\w+\s*\{/y;
const COLONLESS = /^(?:begin|end|BEGIN|END)$/;

/**
 * Whether a further item, or nothing at all, follows `offset`: a declaration, or attach points up to their
 * block or predicate. Decides which `>` closes an action block written with angle brackets.
 */
export function itemOrEndFollows(text: string, offset: number): boolean {
  let at = skipLayout(text, offset);
  if (at >= text.length) return true;
  DECLARATION.lastIndex = at;
  if (DECLARATION.test(text)) return true;
  for (;;) {
    const end = attachPointEnd(text, at);
    const point = text.slice(at, end);
    if (!/^[A-Za-z_*$][\w*]*:\S/.test(point) && !COLONLESS.test(point)) return false;
    at = skipLayout(text, end);
    if (text[at] === ",") at = skipLayout(text, at + 1);
    if (text[at] === "{" || text[at] === "<") return true;
    if (text[at] === "/") {
      PREDICATE_AHEAD.lastIndex = at;
      return PREDICATE_AHEAD.test(text);
    }
    if (at >= text.length || at === end) return false;
  }
}
