/**
 * The preprocessor: the pieces of C in a script, and the headers they include, as one list of tokens without
 * directives and macros. What is wrong in a header of the system is not the user's business and is passed over.
 */
import type { SourceId } from "../base/ids.js";
import { directoryOf, type SourceFiles } from "../base/files.js";
import type { Source, Sources } from "../base/source.js";
import type { Span } from "../base/span.js";
import type { ArchName } from "../target/arch.js";
import { evaluate, int } from "./evaluate.js";
import { type Header, HeaderSearch, type IncludePaths } from "./headers.js";
import type { CCode, ReportC } from "./report.js";
import { LineStream } from "./line-stream.js";
import { type DynamicMacro, type Macro, MacroTable } from "./macros.js";
import { predefinedText } from "./predefined.js";
import { type CToken, Scanner, spell } from "./token.js";

/** A stretch of C in a script. */
export interface CPiece {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
  /** A definition: its `;` may be missing. */
  readonly ends?: boolean;
}

export interface PreprocessOptions {
  readonly arch: ArchName;
  readonly files: SourceFiles;
  readonly sources: Sources;
  readonly paths: IncludePaths;
  /** `--include`: as if the first piece began with an #include of each. */
  readonly forced: readonly string[];
  /** The script: where one of those that is missing is told of. */
  readonly place: Span;
  /** Object-like macros given from outside: `BPFTRACE_HAVE_BTF`. */
  readonly defines: readonly string[];
  /** Whether a header whose file is not there is answered otherwise (BTF, the table of constants). */
  readonly answered: (path: string, system: boolean) => boolean;
  /** Whether a header of the system belongs to the kernel. */
  readonly kernelHeader: (path: string) => boolean;
  readonly error: ReportC;
  readonly warning: (span: Span, message: string) => void;
}

export interface Preprocessed {
  readonly tokens: readonly CToken[];
  readonly macros: MacroTable;
  /** Sources that are headers of the system. */
  readonly system: ReadonlySet<SourceId>;
  /** Those among them that are the kernel's own. */
  readonly kernel: ReadonlySet<SourceId>;
}

/** The name of the text that defines the predefined macros. */
const BUILT_IN = "<built-in>";
/** Headers that include each other deeper than this include themselves. */
const GREATEST_DEPTH = 200;

export function preprocess(pieces: readonly CPiece[], options: PreprocessOptions): Preprocessed {
  return new Preprocessor(options).run(pieces);
}

interface Conditional {
  readonly open: Span;
  /** A branch of it was taken already. */
  taken: boolean;
  live: boolean;
  elseSeen: boolean;
}

interface File {
  readonly scanner: Scanner;
  readonly header: Header;
  readonly conditionals: Conditional[];
}

class Preprocessor {
  private readonly search: HeaderSearch;
  private readonly macros: MacroTable;
  private readonly system = new Set<SourceId>();
  private readonly kernel = new Set<SourceId>();
  private readonly once = new Set<SourceId>();
  private readonly stack: File[] = [];
  private readonly output: CToken[] = [];
  /** Conditionals of the script itself reach over its pieces. */
  private readonly scriptConditionals: Conditional[] = [];
  private counter = 0;
  private tooDeep = false;

  constructor(private readonly options: PreprocessOptions) {
    this.search = new HeaderSearch(options.files, options.sources, options.paths);
    this.macros = new MacroTable(this.dynamicMacros(), (span, message) => this.error(span, message));
  }

  run(pieces: readonly CPiece[]): Preprocessed {
    const defines = this.options.defines.map((define) => `#define ${define} 1\n`).join("");
    const text = `${predefinedText(this.options.arch)}${defines}`;
    this.readHeader({ source: this.options.sources.add(BUILT_IN, text), system: true, searched: -1 });
    const place = { ...this.options.place, start: 0, end: 0 };
    for (const path of this.options.forced) {
      const found = this.search.find(path, { directory: ".", system: false });
      if (found !== undefined) this.readHeader(found);
      else if (!this.options.answered(path, false)) this.error(place, `'${path}' file not found`, "TB2020");
    }
    for (const { source, start, end, ends } of pieces) {
      const scanner = new Scanner(source, start, end);
      const header: Header = { source, system: false, searched: -1 };
      this.readFile({ scanner, header, conditionals: this.scriptConditionals });
      if (ends === true) this.endDefinition(source.id, end);
    }
    for (const { open } of this.scriptConditionals) this.error(open, "unterminated conditional directive");
    return { tokens: this.output, macros: this.macros, system: this.system, kernel: this.kernel };
  }

  // ------------------------------------------------------------------------------------------------------ files

  private get file(): File {
    const file = this.stack.at(-1);
    if (file === undefined) throw new Error("no file is being read");
    return file;
  }

  private readHeader(header: Header): void {
    if (this.once.has(header.source.id)) return;
    if (header.system) this.system.add(header.source.id);
    if (header.system && this.options.kernelHeader(header.source.name)) this.kernel.add(header.source.id);
    const file: File = { scanner: new Scanner(header.source), header, conditionals: [] };
    this.readFile(file);
    for (const { open } of file.conditionals) this.error(open, "unterminated conditional directive");
  }

  private readFile(file: File): void {
    this.stack.push(file);
    const stream = new LineStream(file.scanner);
    const next = this.macros.expansion(stream);
    for (;;) {
      if (file.conditionals.some(({ live }) => !live)) stream.skipToDirective();
      else {
        for (let token = next(); token !== undefined; token = next()) this.emit(token);
      }
      const hash = stream.takeDirective();
      if (hash === undefined) break;
      this.directive(hash, stream.restOfLine());
    }
    this.stack.pop();
  }

  private endDefinition(source: SourceId, end: number): void {
    if (this.scriptConditionals.some(({ live }) => !live)) return;
    const span = { source, start: end - 1, end };
    this.output.push({ kind: "punctuator", text: ";", span, spaced: false, lineStart: false });
  }

  private emit(token: CToken): void {
    if (token.text === "_Pragma" && token.kind === "identifier") return;
    this.output.push(token);
  }

  private error(span: Span, message: string, code: CCode = "TB2022"): void {
    if (!this.system.has(span.source)) this.options.error(code, span, message);
  }

  // ------------------------------------------------------------------------------------------------- directives

  private directive(hash: CToken, line: readonly CToken[]): void {
    const [word, ...rest] = line;
    if (word === undefined) return;
    const name = { ...word, span: cover(hash, [word]) };
    if (this.conditional(name, rest)) return;
    if (this.file.conditionals.some(({ live }) => !live)) return;
    switch (name.text) {
      case "define":
        return this.define(rest, name);
      case "undef": {
        const macro = rest[0];
        if (macro === undefined) return this.error(name.span, "macro name missing");
        return this.macros.undefine(macro.text);
      }
      case "include":
      case "include_next":
      case "import":
        return this.include(name, rest);
      case "pragma":
        return this.pragma(name, rest);
      case "error":
        return this.error(cover(name, rest), spell(rest));
      case "warning":
        if (!this.system.has(hash.span.source)) this.options.warning(cover(name, rest), spell(rest));
        return;
      case "line":
      case "ident":
      case "sccs":
        return;
    }
    // `# 1 "file"` is what a preprocessor leaves behind.
    if (name.kind !== "number") this.error(name.span, `invalid preprocessing directive '#${name.text}'`);
  }

  private conditional(name: CToken, rest: readonly CToken[]): boolean {
    const stack = this.file.conditionals;
    const top = stack.at(-1);
    const outside = stack.slice(0, -1).every(({ live }) => live);
    switch (name.text) {
      case "if":
      case "ifdef":
      case "ifndef": {
        const reached = stack.every(({ live }) => live);
        const live = reached && this.opens(name, rest);
        stack.push({ open: cover(name, rest), taken: live || !reached, live, elseSeen: false });
        return true;
      }
      case "elif":
      case "elifdef":
      case "elifndef":
      case "else": {
        if (top === undefined) this.error(name.span, `#${name.text} without #if`);
        else if (top.elseSeen) this.error(name.span, `#${name.text} after #else`);
        else {
          top.elseSeen = name.text === "else";
          top.live = outside && !top.taken && (top.elseSeen || this.opens(name, rest));
          top.taken ||= top.live;
        }
        return true;
      }
      case "endif":
        if (stack.pop() === undefined) this.error(name.span, "#endif without #if");
        return true;
    }
    return false;
  }

  private opens(name: CToken, rest: readonly CToken[]): boolean {
    if (name.text === "if" || name.text === "elif") return this.holds(name, rest);
    const macro = rest[0];
    if (macro === undefined) {
      this.error(name.span, "macro name missing");
      return false;
    }
    return this.isDefined(macro.text) === name.text.endsWith("ifdef");
  }

  private holds(name: CToken, line: readonly CToken[]): boolean {
    const expanded = this.macros.expand(this.withoutOperators(line));
    const value = evaluate(expanded, { preprocessor: true, identifier: () => int(0n) });
    if (!("error" in value)) return value.value !== 0n;
    this.error(cover(name, line), value.error);
    return false;
  }

  private isDefined(name: string): boolean {
    return (
      this.macros.isDefined(name) ||
      /^__has_(?:include|include_next|attribute|builtin|feature|extension)$/.test(name)
    );
  }

  /** `defined X` and the questions `__has_…(X)` as numbers: their operands are not expanded. */
  private withoutOperators(line: readonly CToken[]): CToken[] {
    const out: CToken[] = [];
    for (let at = 0; at < line.length; at++) {
      const token = line[at];
      if (token === undefined) break;
      const question = /^(?:defined|__has_\w+)$/.test(token.text) && !this.macros.isDefined(token.text);
      if (!question) {
        out.push(token);
        continue;
      }
      const open = line[at + 1]?.text === "(";
      let end = at + 1;
      if (open) while (end < line.length && line[end]?.text !== ")") end++;
      const operand = line.slice(at + (open ? 2 : 1), open ? end : end + 1);
      out.push({ ...token, kind: "number", text: this.answer(token.text, operand) ? "1" : "0" });
      at = end;
    }
    return out;
  }

  private answer(question: string, operand: readonly CToken[]): boolean {
    if (question === "defined") return this.isDefined(operand[0]?.text ?? "");
    if (question === "__has_include") return this.findHeader(operand, false) !== undefined;
    if (question === "__has_include_next") return this.findHeader(operand, true) !== undefined;
    return false;
  }

  private define(line: readonly CToken[], directive: CToken): void {
    const [name, ...rest] = line;
    if (name?.kind !== "identifier") {
      return this.error(
        (name ?? directive).span,
        name === undefined ? "macro name missing" : "macro name must be an identifier",
      );
    }
    const open = rest[0];
    const base = { name: name.text, span: name.span, predefined: this.file.header.source.name === BUILT_IN };
    if (open?.text !== "(" || open.spaced) {
      return this.macros.define({ ...base, variadic: false, body: rest });
    }
    const close = rest.findIndex(({ text }) => text === ")");
    if (close < 0) return this.error(open.span, "expected ')' in macro parameter list");
    const words = rest.slice(1, close).filter(({ text }) => text !== ",");
    const variadic = words.at(-1)?.text === "...";
    const params = words.map(({ text }) => text).filter((text) => text !== "...");
    // `F(a...)` names what `F(a, ...)` calls __VA_ARGS__.
    const dots = rest[close - 2]?.text;
    if (variadic && (dots === "," || dots === "(")) params.push("__VA_ARGS__");
    const macro: Macro = { ...base, params, variadic, body: rest.slice(close + 1) };
    this.macros.define(macro);
  }

  // --------------------------------------------------------------------------------------------------- includes

  private include(directive: CToken, line: readonly CToken[]): void {
    const named = headerName(line) ?? headerName(this.macros.expand(line));
    if (named === undefined) {
      return this.error(cover(directive, line), 'expected "FILENAME" or <FILENAME>');
    }
    // Given up once, given up for good: two such lines in a file would double at each level.
    if (this.tooDeep) return;
    if (this.stack.length > GREATEST_DEPTH) {
      this.tooDeep = true;
      return this.error(cover(directive, line), "#include nested too deeply");
    }
    const found = this.findHeader(line, directive.text === "include_next");
    if (found !== undefined) this.readHeader(found);
    else if (!this.options.answered(named.path, named.system)) {
      this.error(cover(directive, line), `'${named.path}' file not found`, "TB2020");
    }
  }

  private findHeader(line: readonly CToken[], following: boolean): Header | undefined {
    const named = headerName(line) ?? headerName(this.macros.expand(line));
    if (named === undefined) return undefined;
    const { header } = this.file;
    if (following) return this.search.findAfter(named.path, header.searched);
    const beside = { directory: directoryOf(header.source.name), system: header.system };
    return this.search.find(named.path, named.system ? undefined : beside);
  }

  private pragma(directive: CToken, line: readonly CToken[]): void {
    if (line[0]?.text === "once") this.once.add(this.file.header.source.id);
    if (line[0]?.text !== "pack") return;
    this.output.push({
      ...directive,
      kind: "pragma",
      text: spell(line.map((token) => ({ ...token, spaced: false }))),
    });
  }

  // -------------------------------------------------------------------------------------------- dynamic macros

  private dynamicMacros(): ReadonlyMap<string, DynamicMacro> {
    const number = (at: CToken, value: number): CToken => ({ ...at, kind: "number", text: `${value}` });
    const string = (at: CToken, text: string): CToken => ({
      ...at,
      kind: "string",
      text: JSON.stringify(text),
    });
    return new Map<string, DynamicMacro>([
      ["__LINE__", (at) => number(at, this.lineOf(at.span))],
      ["__FILE__", (at) => string(at, this.file.header.source.name)],
      ["__COUNTER__", (at) => number(at, this.counter++)],
      ["__INCLUDE_LEVEL__", (at) => number(at, this.stack.length - 1)],
      // The same bytes for the same source: no clock.
      ["__DATE__", (at) => string(at, "Jan  1 1970")],
      ["__TIME__", (at) => string(at, "00:00:00")],
    ]);
  }

  private lineOf({ source, start }: Span): number {
    const { header } = this.file;
    if (header.source.id !== source) return 1;
    return header.source.text.slice(0, start).split("\n").length;
  }
}

/** `<a/b.h>` or `"b.h"`; the first comes as tokens, whose text is joined again. */
function headerName(
  line: readonly CToken[],
): { readonly path: string; readonly system: boolean } | undefined {
  const [first] = line;
  if (first?.kind === "string") return { path: first.text.slice(1, -1), system: false };
  const close = line.findIndex(({ text }) => text === ">");
  if (first?.text !== "<" || close < 0) return undefined;
  return { path: spell(line.slice(1, close)), system: true };
}

function cover(first: CToken, rest: readonly CToken[]): Span {
  const last = rest.at(-1) ?? first;
  return { source: first.span.source, start: first.span.start, end: last.span.end };
}
