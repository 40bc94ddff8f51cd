/**
 * Macros and their expansion, by the way of the C standard (C11 6.10.3): a macro is not expanded again inside
 * its own expansion, arguments are expanded before they are put in, `#` and `##` take them as written.
 */
import type { Source } from "../base/source.js";
import type { Span } from "../base/span.js";
import { type CToken, Scanner, spell } from "./token.js";

export interface Macro {
  readonly name: string;
  /** Absent for an object-like one. The last one of a variadic macro takes all that is left. */
  readonly params?: readonly string[];
  readonly variadic: boolean;
  readonly body: readonly CToken[];
  /** Where its name stands. */
  readonly span: Span;
  /** The compiler's own: no part of what a script sees. */
  readonly predefined: boolean;
}

/** Macros whose value depends on the place they stand at. */
export type DynamicMacro = (at: CToken) => CToken | undefined;

/** Tokens one after the other; a directive or the end of the text gives undefined. */
export interface TokenStream {
  next(): CToken | undefined;
  /** Puts back the token last taken. */
  unread(token: CToken): void;
}

class TokenList implements TokenStream {
  private at = 0;
  constructor(private readonly tokens: readonly CToken[]) {}
  next(): CToken | undefined {
    return this.tokens[this.at++];
  }
  unread(): void {
    this.at--;
  }
}

/** The body of a macro on its way to being read again. */
interface Pending {
  readonly tokens: readonly CToken[];
  at: number;
  readonly macro: Macro | undefined;
}

/** What could not be expanded as written. */
export type ReportMacro = (span: Span, message: string) => void;

export class MacroTable {
  private readonly byName = new Map<string, Macro>();
  private readonly active = new Set<Macro>();

  constructor(
    private readonly dynamic: ReadonlyMap<string, DynamicMacro>,
    private readonly report: ReportMacro,
  ) {}

  get(name: string): Macro | undefined {
    return this.byName.get(name);
  }
  isDefined(name: string): boolean {
    return this.byName.has(name) || this.dynamic.has(name);
  }
  define(macro: Macro): void {
    this.byName.set(macro.name, macro);
  }
  undefine(name: string): void {
    this.byName.delete(name);
  }
  all(): IterableIterator<Macro> {
    return this.byName.values();
  }

  /** The next token of the stream with macros replaced. Keep one `Expansion` for one stream. */
  expansion(stream: TokenStream): () => CToken | undefined {
    const pending: Pending[] = [];
    const raw = (): CToken | undefined => {
      for (let top = pending.at(-1); top !== undefined; top = pending.at(-1)) {
        const token = top.tokens[top.at++];
        if (token !== undefined) return token;
        pending.pop();
        if (top.macro !== undefined) this.active.delete(top.macro);
      }
      return stream.next();
    };
    const unread = (token: CToken): void => {
      const top = pending.at(-1);
      if (top !== undefined && top.at > 0 && top.tokens[top.at - 1] === token) top.at--;
      else if (pending.length === 0) stream.unread(token);
      else pending.push({ tokens: [token], at: 0, macro: undefined });
    };
    return () => {
      for (;;) {
        const token = raw();
        if (token?.kind !== "identifier" || token.painted === true) return token;
        const dynamic = this.dynamic.get(token.text)?.(token);
        if (dynamic !== undefined) return dynamic;
        const macro = this.byName.get(token.text);
        if (macro === undefined) return token;
        if (this.active.has(macro)) return { ...token, painted: true };
        const body = this.replacement(macro, token, raw, unread);
        if (body === undefined) return token;
        pending.push({ tokens: body, at: 0, macro });
        this.active.add(macro);
      }
    };
  }

  /** The whole list expanded. */
  expand(tokens: readonly CToken[]): CToken[] {
    const next = this.expansion(new TokenList(tokens));
    const made: CToken[] = [];
    for (let token = next(); token !== undefined; token = next()) made.push(token);
    return made;
  }

  private replacement(
    macro: Macro,
    call: CToken,
    next: () => CToken | undefined,
    unread: (token: CToken) => void,
  ): CToken[] | undefined {
    if (macro.params === undefined) return this.substitute(macro, [], call);
    const open = next();
    if (open?.text !== "(") {
      if (open !== undefined) unread(open);
      return undefined;
    }
    const args = readArguments(macro, next);
    if (args === undefined) {
      this.report(call.span, `unterminated function-like macro invocation of '${macro.name}'`);
      return [];
    }
    const { params } = macro;
    // `F()` has one empty argument, which is none for a macro without parameters.
    if (params.length === 0 && args.length === 1 && args[0]?.length === 0) args.pop();
    if (macro.variadic && args.length === params.length - 1) args.push([]);
    if (args.length !== params.length) {
      const many = args.length > params.length ? "many" : "few";
      this.report(call.span, `too ${many} arguments provided to function-like macro invocation`);
      return [];
    }
    return this.substitute(macro, args, call);
  }

  private substitute(macro: Macro, args: readonly (readonly CToken[])[], call: CToken): CToken[] {
    const out: CToken[] = [];
    const { body, params } = macro;
    const argument = (token: CToken | undefined): readonly CToken[] | undefined => {
      const index = token?.kind === "identifier" ? (params?.indexOf(token.text) ?? -1) : -1;
      return index < 0 ? undefined : (args[index] ?? []);
    };
    const place = (token: CToken): CToken => ({ ...token, span: call.span, lineStart: false });
    let paste = false;
    const push = (tokens: readonly CToken[]): void => {
      const [first, ...rest] = tokens.map(place);
      const left = paste ? out.pop() : undefined;
      paste = false;
      if (first !== undefined) out.push(left === undefined ? first : this.paste(left, first), ...rest);
      else if (left !== undefined) out.push(left);
    };
    for (let at = 0; at < body.length; at++) {
      const token = body[at];
      if (token === undefined) break;
      if (token.text === "##" && token.kind === "punctuator") {
        paste = out.length > 0;
        // GNU C: `, ## __VA_ARGS__` drops the comma when there are no further arguments.
        const rest = argument(body[at + 1]);
        if (macro.variadic && rest !== undefined && out.at(-1)?.text === ",") {
          if (rest.length === 0 && body[at + 1]?.text === params?.at(-1)) out.pop();
          paste = false;
        }
        continue;
      }
      const next = body[at + 1];
      if (token.text === "#" && params !== undefined && argument(next) !== undefined) {
        push([stringified(argument(next) ?? [], token)]);
        at++;
        continue;
      }
      const arg = argument(token);
      const pasted = paste || (next?.text === "##" && next.kind === "punctuator");
      if (arg === undefined) push([token]);
      // An empty operand of ## still takes its place (C11 6.10.3.3: placemarker).
      else if (pasted) push(arg.length === 0 ? [{ ...token, text: "" }] : spacedAs(arg, token));
      else push(spacedAs(this.expand(arg), token));
    }
    const [head, ...tail] = out.filter(({ text }) => text !== "");
    return head === undefined ? [] : [{ ...head, spaced: call.spaced, lineStart: call.lineStart }, ...tail];
  }

  private paste(left: CToken, right: CToken): CToken {
    const text = left.text + right.text;
    const source: Source = { id: left.span.source, name: "", text };
    if (text === "") return left;
    const joined = new Scanner(source).next();
    if (joined === undefined || joined.text !== text) {
      this.report(left.span, `pasting formed '${text}', an invalid preprocessing token`);
      return left;
    }
    return { ...left, kind: joined.kind, text };
  }
}

/** The arguments of a call whose `(` was read, through its `)`; undefined when that is missing. */
function readArguments(macro: Macro, next: () => CToken | undefined): CToken[][] | undefined {
  const args: CToken[][] = [[]];
  const most = macro.variadic ? (macro.params?.length ?? 0) : Number.POSITIVE_INFINITY;
  for (let depth = 0; ; ) {
    const token = next();
    if (token === undefined) return undefined;
    if (token.text === "(" && token.kind === "punctuator") depth++;
    else if (token.text === ")" && token.kind === "punctuator") {
      if (depth === 0) return args;
      depth--;
    } else if (token.text === "," && depth === 0 && args.length < most) {
      args.push([]);
      continue;
    }
    args.at(-1)?.push(token);
  }
}

function spacedAs(tokens: readonly CToken[], like: CToken): readonly CToken[] {
  const [first, ...rest] = tokens;
  return first === undefined ? [] : [{ ...first, spaced: like.spaced }, ...rest];
}

function stringified(tokens: readonly CToken[], at: CToken): CToken {
  const text = spell(
    tokens.map((token) =>
      token.kind === "string" || token.kind === "character"
        ? { ...token, text: token.text.replace(/[\\"]/g, "\\$&") }
        : token,
    ),
  );
  return { ...at, kind: "string", text: `"${text}"` };
}
