/** Hygienic macros: calls are replaced by the macro's body before anything is typed. */
import type { Call, Expression, Identifier, MacroDefinition, Probe, Script } from "../ast/ast.js";
import { isTypeName } from "../ast/walk.js";
import type { NodeIds } from "../base/ids.js";
import type { Span } from "../base/span.js";
import type { Log } from "../diag/diagnostic.js";
import { findBuiltin } from "../lang/index.js";
import { MacroBody } from "./macro-body.js";
import { type Argument, bestMatch, mismatch, sameSignature } from "./macro-match.js";
import { copyTree } from "./scan.js";

/** Expansions in a row, of bodies and arguments alike. */
const GREATEST_DEPTH = 200;

/** Parts of a probe that macros may write: where each puts its argument in twice, nesting doubles what is written. */
const GREATEST_SIZE = 1_000_000;

/** `comptime` before a call of a macro is about what the macro yields. */
function sameTime(call: Expression, expanded: Expression | undefined): Expression | undefined {
  return call.comptime === true && expanded !== undefined ? { ...expanded, comptime: true } : expanded;
}

export class Macros {
  private readonly byName = new Map<string, MacroDefinition[]>();
  private expansions = 0;
  private written = 0;
  private overgrown = false;

  constructor(
    script: Script,
    private readonly ids: NodeIds,
    private readonly log: Log,
  ) {
    for (const item of script.items) if (item.kind === "macro") this.define(item);
  }

  private define(macro: MacroDefinition): void {
    const seen = new Set<string>();
    for (const { kind, name, span } of macro.params) {
      const word = kind === "identifier" ? "Ident" : kind === "map" ? "Map" : "Variable";
      if (seen.has(name))
        this.log.error("TB2008", span, `${word} for macro argument has already been used: ${name}`);
      if (kind === "identifier" && findBuiltin(name)?.kind === "variable")
        this.log.error("TB2009", span, `syntax: builtin '${name}' can't be used as a macro argument`);
      seen.add(name);
    }
    const same = this.byName.get(macro.name) ?? [];
    if (same.some((other) => sameSignature(other, macro))) {
      this.log.error("TB2008", macro.span, `Redefinition of macro: ${macro.name}`);
      return;
    }
    this.byName.set(macro.name, [...same, macro]);
  }

  /** The probe with all macro calls in it replaced. */
  expand(probe: Probe): Probe {
    this.written = 0;
    this.overgrown = false;
    return this.byName.size === 0 ? probe : this.replaceIn(probe, []);
  }

  /** `stack`: the macros whose bodies this stands in, outermost first. */
  private replaceIn<T>(root: T, stack: readonly MacroDefinition[]): T {
    return copyTree(root, this.ids, (node) => {
      const outer = stack[0];
      if (outer !== undefined && ++this.written > GREATEST_SIZE) return this.nothing(outer.span);
      if (node.kind === "call") {
        const call = node as unknown as Call;
        return sameTime(call, this.callOf(call.name, call.args, call.span, stack));
      }
      if (node.kind === "identifier") {
        const identifier = node as unknown as Identifier;
        return sameTime(identifier, this.callOf(identifier.name, [], identifier.span, stack));
      }
      return undefined;
    });
  }

  private callOf(
    name: string,
    args: readonly Argument[],
    span: Span,
    stack: readonly MacroDefinition[],
  ): Expression | undefined {
    const macros = this.byName.get(name);
    if (macros === undefined) return undefined;
    const macro = bestMatch(macros, args);
    if (macro !== undefined) return this.expansion(macro, args, span, stack);
    // A builtin of the same name takes the calls that fit no macro.
    if (findBuiltin(name) !== undefined) return undefined;
    this.log.add(mismatch(name, macros, args, span));
    return this.nothing(span);
  }

  private expansion(
    macro: MacroDefinition,
    args: readonly Argument[],
    span: Span,
    stack: readonly MacroDefinition[],
  ): Expression {
    const at = stack.indexOf(macro);
    if (at >= 0 || stack.length > GREATEST_DEPTH) {
      const chain = [...stack.slice(Math.max(at, 0)), macro].map(({ name }) => name).join(" > ");
      this.log.error("TB2009", span, `Recursive macro call detected. Call chain: ${chain}`);
      return this.nothing(span);
    }
    // Arguments are the caller's: they are expanded where they stand, not in the macro.
    const own = args.map((arg) => (isTypeName(arg) ? arg : this.replaceIn(arg, stack)));
    const bound = new Map(macro.params.map(({ name }, index) => [name, own[index]]));
    const body = new MacroBody(macro, bound, ++this.expansions, this.ids, this.log).block();
    const block = this.replaceIn(body, [...stack, macro]);
    if (this.written > GREATEST_SIZE) {
      if (stack.length > 0) return this.nothing(span);
      const hint = "keep what a macro is given in a variable of its own: let $x = arg;";
      if (!this.overgrown) this.log.error("TB2009", span, "Macros write more than a program can hold", hint);
      this.overgrown = true;
      return this.nothing(span);
    }
    return { kind: "block_expression", id: this.ids.fresh(), span, block, expansion: true };
  }

  /** Stands where a call could not be replaced; the error is reported already. */
  private nothing(span: Span): Expression {
    return { kind: "integer", id: this.ids.fresh(), span, value: 0n, text: "0", duration: false };
  }
}
