/**
 * The formatter: a script in standard form. Two blanks a level; one statement a line; braces round every
 * action; attach points on one line while they fit, else one a line; no redundant parentheses; of several
 * empty lines one stays. Comments keep their places: before the statement they stand before, behind the line
 * they stand behind; one in the middle of an expression goes behind its statement.
 */
import { assertNever } from "../base/assert-never.js";
import type {
  Block,
  Comment,
  ConfigBlock,
  ConfigEntry,
  Expression,
  For,
  If,
  IfExpression,
  Item,
  Probe,
  Script,
  Statement,
  VariableDeclaration,
} from "./ast.js";
import { printC } from "./print-c.js";
import { printExpression, printLeftmost, printPrimary, printType } from "./print-expression.js";

const INDENT = "  ";
/** Attach points longer than this together stand one a line. */
const ATTACH_POINT_WIDTH = 80;

/** The script as text. With its source text, empty lines and comments behind lines keep their places too. */
export function printScript(script: Script, source?: string): string {
  return new Printer(script.comments, source).script(script);
}

/** What is needed of a node to find its place among comments and empty lines. */
interface Placed {
  readonly span: { readonly start: number; readonly end: number };
}

class Printer {
  private depth = 0;
  private nextComment = 0;
  private readonly block = (block: Block): string => this.printBlock(block);

  constructor(
    private readonly comments: readonly Comment[],
    private readonly source: string | undefined,
  ) {}

  // ----------------------------------------------------------------------------------------------------- script

  script(script: Script): string {
    const firstItem = script.items[0]?.span.start ?? Number.POSITIVE_INFINITY;
    const head = [...(script.config ? [script.config] : []), ...script.imports];
    const early = head.filter((node) => node.span.start <= firstItem);
    const hoisted = head.filter((node) => node.span.start > firstItem);
    const lines: string[] = script.shebang === undefined ? [] : [script.shebang];
    for (const node of script.preamble) this.entry(lines, node, () => printC(node), false);
    for (const node of early.sort((a, b) => a.span.start - b.span.start)) {
      this.entry(lines, node, () => this.headItem(node), false);
    }
    for (const node of hoisted) lines.push(this.headItem(node));
    for (const item of script.items) {
      const apart = item.kind !== "map_declaration";
      this.entry(lines, item, () => this.item(item), apart);
    }
    this.leading(lines, Number.POSITIVE_INFINITY);
    return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
  }

  private headItem(node: ConfigBlock | Script["imports"][number]): string {
    return node.kind === "config" ? this.config(node) : `import "${escapeString(node.path)}";`;
  }

  private config(config: ConfigBlock): string {
    return `config = ${this.entries(config.span.end, config.entries, printConfigEntry)}`;
  }

  private item(item: Item): string {
    switch (item.kind) {
      case "map_declaration": {
        const size = item.maxEntries === undefined ? "" : this.text(item.maxEntries);
        return `let ${item.name} = ${item.mapType}(${size});`;
      }
      case "macro": {
        const params = item.params.map((param) => param.name).join(", ");
        return `macro ${item.name}(${params}) ${this.printBlock(item.body, true)}`;
      }
      case "function": {
        const params = item.params.map(({ name, type }) => `${name} : ${printType(type, this.block)}`);
        const result = item.result === undefined ? "" : ` : ${printType(item.result, this.block)}`;
        return `fn ${item.name}(${params.join(", ")})${result} ${this.printBlock(item.body, true)}`;
      }
      case "probe":
        return this.probe(item);
    }
    return assertNever(item);
  }

  private probe(probe: Probe): string {
    const points = probe.attachPoints.map(({ name, text }) =>
      name === undefined ? text : `${name}=${text}`,
    );
    const oneLine = points.join(", ");
    const head = oneLine.length <= ATTACH_POINT_WIDTH ? oneLine : points.join(",\n");
    let predicate = probe.predicate === undefined ? "" : this.text(probe.predicate);
    // `/*` would open a comment.
    if (predicate.startsWith("*")) predicate = ` ${predicate}`;
    if (predicate !== "") predicate = ` /${predicate}/`;
    return `${head}${predicate} ${this.printBlock(probe.block, true)}`;
  }

  // ------------------------------------------------------------------------------------------------- statements

  /** `{ value }` on one line where it fits an expression; an action's block always opens up. */
  private printBlock(block: Block, open = false): string {
    const { statements, result } = block;
    const commented =
      (this.comments[this.nextComment]?.span.start ?? Number.POSITIVE_INFINITY) < block.span.end;
    if (statements.length === 0 && !commented && !open) {
      if (result === undefined) return "{ }";
      const text = this.result(result);
      if (!text.includes("\n")) return `{ ${text} }`;
    }
    type Line = Placed & { readonly text: () => string };
    const lines: Line[] = statements.map((node) => ({ span: node.span, text: () => this.statement(node) }));
    if (result !== undefined) lines.push({ span: result.span, text: () => this.result(result) });
    return this.entries(block.span.end, lines, (line) => line.text());
  }

  /** The value of a block. An `if` or block without a value of its own would be read as a statement here. */
  private result(result: Expression): string {
    if (result.kind === "if_expression" && hasValue(result)) return this.text(result);
    if (result.kind === "block_expression" && result.block.result !== undefined && !result.comptime) {
      return this.text(result);
    }
    return printLeftmost(result, this.block);
  }

  private text(expression: Expression): string {
    return printExpression(expression, this.block);
  }

  private statement(statement: Statement): string {
    switch (statement.kind) {
      case "expression_statement": {
        const { expression, discard } = statement;
        return discard ? `_ = ${this.text(expression)};` : `${printLeftmost(expression, this.block)};`;
      }
      case "assignment": {
        const { target, operator = "", value } = statement;
        return `${printLeftmost(target, this.block)} ${operator}= ${this.text(value)};`;
      }
      case "let":
        return this.let(statement);
      case "if":
        return this.if(statement);
      case "while":
        return `while (${this.text(statement.condition)}) ${this.printBlock(statement.body, true)}`;
      case "unroll":
        return `unroll (${this.text(statement.count)}) ${this.printBlock(statement.body, true)}`;
      case "for":
        return this.for(statement);
      case "jump":
        return statement.value === undefined
          ? `${statement.jump};`
          : `${statement.jump} ${this.text(statement.value)};`;
      case "block_statement":
        return this.printBlock(statement.block, true);
    }
    return assertNever(statement);
  }

  private let(node: VariableDeclaration): string {
    const type = node.type === undefined ? "" : ` : ${printType(node.type, this.block)}`;
    const value = node.value === undefined ? "" : ` = ${this.text(node.value)}`;
    return `let ${node.name}${type}${value};`;
  }

  private if(node: If): string {
    const head = `${node.comptime ? "comptime " : ""}if (${this.text(node.condition)}) `;
    const then = this.printBlock(node.then, true);
    if (node.otherwise === undefined) return head + then;
    const [only, more] = node.otherwise.statements;
    const chained = only?.kind === "if" && more === undefined;
    return `${head}${then} else ${chained ? this.if(only) : this.printBlock(node.otherwise, true)}`;
  }

  private for(node: For): string {
    const { over } = node;
    const range =
      over.kind === "range"
        ? `${printPrimary(over.from, this.block)}..${printPrimary(over.to, this.block)}`
        : this.text(over);
    return `for (${node.variable.name} : ${range}) ${this.printBlock(node.body, true)}`;
  }

  // -------------------------------------------------------------------------------- lines, comments, empty lines

  /** Braces round entries, each on its line, with the comments that stand among them. */
  private entries<T extends Placed>(end: number, list: readonly T[], print: (entry: T) => string): string {
    const lines: string[] = [];
    this.depth++;
    for (const entry of list) this.entry(lines, entry, () => print(entry), false);
    this.leading(lines, end);
    this.depth--;
    return lines.length === 0 ? "{ }" : `{\n${lines.join("\n")}\n${INDENT.repeat(this.depth)}}`;
  }

  private entry(lines: string[], node: Placed, print: () => string, apart: boolean): void {
    const start = this.leadingStart(node.span.start);
    if (lines.length > 0 && (apart || this.emptyLineBefore(start))) lines.push("");
    this.leading(lines, node.span.start, false);
    if (start !== node.span.start && this.emptyLineBefore(node.span.start)) lines.push("");
    const text = print();
    lines.push(this.indented(text));
    this.trailing(lines, node.span.end);
  }

  private indented(text: string): string {
    return INDENT.repeat(this.depth) + text;
  }

  /** Where the comments before `offset` begin, or `offset`. */
  private leadingStart(offset: number): number {
    const comment = this.comments[this.nextComment];
    return comment !== undefined && comment.span.start < offset ? comment.span.start : offset;
  }

  /** The comments up to `offset`, each on its own line. `spaced`: with the empty line before the first, too. */
  private leading(lines: string[], offset: number, spaced = true): void {
    for (let first = !spaced; ; first = false) {
      const comment = this.comments[this.nextComment];
      if (comment === undefined || comment.span.start >= offset) return;
      if (!first && lines.length > 0 && this.emptyLineBefore(comment.span.start)) lines.push("");
      lines.push(this.indented(comment.text));
      this.nextComment++;
    }
  }

  /** Comments inside the statement just printed, and those behind it on its last line. */
  private trailing(lines: string[], end: number): void {
    for (let first = true; ; first = false) {
      const comment = this.comments[this.nextComment];
      if (comment === undefined) return;
      if (comment.span.start >= end && !this.sameLine(end, comment.span.start)) return;
      const last = lines.pop() ?? "";
      if (first || !/\/\/[^\n]*$/.test(last)) lines.push(`${last} ${comment.text}`);
      else lines.push(last, this.indented(comment.text));
      this.nextComment++;
    }
  }

  private sameLine(from: number, to: number): boolean {
    return this.source !== undefined && /^[ \t;,]*$/.test(this.source.slice(from, to));
  }

  private emptyLineBefore(offset: number): boolean {
    if (this.source === undefined || offset <= 0 || offset > this.source.length) return false;
    return /\n[ \t\r]*\n[ \t\r]*$/.test(this.source.slice(Math.max(0, offset - 200), offset));
  }
}

function hasValue(node: IfExpression): boolean {
  const inner = (block: Block): boolean => {
    const { result } = block;
    if (result?.kind === "if_expression") return hasValue(result);
    return result !== undefined;
  };
  return inner(node.then) && inner(node.otherwise);
}

function printConfigEntry(entry: ConfigEntry): string {
  const value = entry.spelling === "string" ? `"${escapeString(String(entry.value))}"` : String(entry.value);
  return `${entry.name} = ${value};`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\n": "\\n",
  "\t": "\\t",
  "\r": "\\r",
  '"': '\\"',
  "\\": "\\\\",
};

/** The inside of a string literal that has this value. */
export function escapeString(value: string): string {
  return value.replace(/["\\]|[^ -~\u0100-\uffff]/g, (char) => {
    return ESCAPES[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}
