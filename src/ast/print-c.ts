/**
 * C in standard form: one member a line, two blanks a level, pointers at their names. Works on the words, not on
 * a tree: preprocessor lines, comments and macros may stand anywhere among them.
 */
import type { CText } from "./ast.js";

const INDENT = "  ";

/** A preprocessor line, or a definition with its `;`. */
export function printC(node: CText): string {
  return node.form === "directive" ? printDirective(node.text) : new Printer(node.text).print();
}

function printDirective(text: string): string {
  const line = text.replace(/^#\s*(\w+)[ \t]*/, "#$1 ").trimEnd();
  const define = /^#define (\w+(?:\([^)]*\))?)[ \t]+(?=\S)/.exec(line);
  const include = /^#include (?:<[^>]*>|"[^"]*")/.exec(line);
  const head = define?.[0] ?? include?.[0];
  if (head === undefined) return line;
  const params = (define?.[1] ?? head)
    .replace(/\s*,\s*/g, ", ")
    .replace(/\(\s+/, "(")
    .replace(/\s+\)/, ")");
  const rest = line.slice(head.length);
  if (define !== null) return `#define ${params} ${rest}`;
  return `${head} ${rest.trim()}`.trimEnd();
}

const PIECE =
  /(?<blank>(?:\s|\\\r?\n)+)|(?<comment>\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<word>[\w$]+|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<sign>\.\.\.|<<|>>|<=|>=|==|!=|&&|\|\||->|[\s\S])/y;
const DIRECTIVE = /#(?:\\\r?\n|[^\n])*/y;

interface Piece {
  readonly kind: "comment" | "word" | "sign" | "directive";
  readonly text: string;
  /** Line breaks before it. */
  readonly breaks: number;
  readonly spaced: boolean;
}

function pieces(text: string): Piece[] {
  const list: Piece[] = [];
  let breaks = 0;
  let spaced = false;
  for (let at = 0; at < text.length; ) {
    const fresh = breaks > 0 || at === 0;
    const pattern = fresh && text[at] === "#" ? DIRECTIVE : PIECE;
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) break;
    at = pattern.lastIndex;
    const [found] = match;
    if (match.groups?.blank !== undefined) {
      breaks = found.split("\n").length - 1;
      spaced = true;
      continue;
    }
    const { comment, word } = match.groups ?? {};
    const kind =
      pattern === DIRECTIVE
        ? "directive"
        : comment !== undefined
          ? "comment"
          : word !== undefined
            ? "word"
            : "sign";
    list.push({ kind, text: found.trimEnd(), breaks, spaced });
    breaks = 0;
    spaced = false;
  }
  return list;
}

class Printer {
  private readonly lines: string[] = [];
  private line = "";
  private last: Piece | undefined;
  /** Of each open brace: whether its entries end with a comma. */
  private readonly braces: ("enum" | "struct")[] = [];
  /** Open parentheses and brackets. */
  private nested = 0;
  private head: "enum" | "struct" = "struct";

  constructor(private readonly text: string) {}

  print(): string {
    for (const piece of pieces(this.text)) this.add(piece);
    this.finishLine();
    const text = this.lines.join("\n");
    return /\/\/[^\n]*$/.test(text) ? `${text}\n;` : `${text};`;
  }

  private add(piece: Piece): void {
    if (piece.kind === "directive") {
      this.finishLine();
      this.lines.push(printDirective(piece.text));
    } else if (piece.kind === "comment") this.comment(piece);
    else this.code(piece);
    this.last = piece;
  }

  private comment({ text, breaks }: Piece): void {
    const behind = breaks === 0 && this.line === "" && this.lines.length > 0;
    if (behind) this.lines.push(`${this.lines.pop() ?? ""} ${text}`);
    else this.line += this.line === "" ? this.opening(breaks) + text : ` ${text}`;
    if (text.startsWith("//") || (breaks > 0 && this.line === `${this.indent()}${text}`)) this.finishLine();
  }

  private code(piece: Piece): void {
    const { text } = piece;
    if (text === "{" && this.nested === 0) {
      this.line += this.line === "" ? "{" : " {";
      this.finishLine();
      this.braces.push(this.head);
      this.head = "struct";
      return;
    }
    if (text === "}" && this.nested === 0) {
      this.closeEntry();
      this.braces.pop();
      this.line = `${this.indent()}}`;
      return;
    }
    if (text === "enum" || text === "struct" || text === "union")
      this.head = text === "enum" ? "enum" : "struct";
    if (this.line === "") this.line = this.opening(piece.breaks) + text;
    else this.line += this.gap(piece) + text;
    if (/^[([]$/.test(text)) this.nested++;
    if (/^[)\]]$/.test(text)) this.nested--;
    const ends = this.braces.at(-1) === "enum" ? "," : ";";
    if (text === ends && this.nested === 0 && this.braces.length > 0) this.finishLine();
  }

  /** The `;` or `,` that the last entry went without. */
  private closeEntry(): void {
    if (this.line === "") return;
    this.line += this.braces.at(-1) === "enum" ? "," : ";";
    this.finishLine();
  }

  private opening(breaks: number): string {
    const apart = breaks > 1 && this.lines.length > 0 && !this.lines.at(-1)?.endsWith("{");
    if (apart) this.lines.push("");
    return this.indent();
  }

  private indent(): string {
    return INDENT.repeat(this.braces.length);
  }

  private finishLine(): void {
    if (this.line !== "") this.lines.push(this.line);
    this.line = "";
  }

  /** What stands between the last piece and this one. */
  private gap(piece: Piece): string {
    const before = this.last?.text ?? "";
    const { text } = piece;
    if (/^[,;)\]]$/.test(text) || /^[([~!]$/.test(before)) return "";
    if (before === "," || before === "}" || this.last?.kind === "comment") return " ";
    if (this.nested === 0 && (text === ":" || before === ":" || text === "=" || before === "=")) return " ";
    if (text === "[") return "";
    if (text === "(")
      return this.last?.kind === "word" && !/^__attribute__$|^_*aligned_*$/.test(before) && this.nested === 0
        ? " "
        : "";
    if (this.last?.kind === "word" && piece.kind === "word") return " ";
    if (before === ")" && piece.kind === "word") return " ";
    if (this.nested === 0 && this.braces.at(-1) !== "enum") {
      if (before === "*") return "";
      if (text === "*") return " ";
    }
    // Expressions keep the form they have.
    return piece.spaced ? " " : "";
  }
}
