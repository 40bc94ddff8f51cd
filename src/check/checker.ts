/** What the rules of one probe share: where inference stands, the scopes, and the dispatch they meet in. */
import type { Block, Expression } from "../ast/ast.js";
import type { NodeId } from "../base/ids.js";
import type { Span } from "../base/span.js";
import type { DiagnosticCode } from "../diag/codes.js";
import type { ExpandedProbe } from "../lang/provider.js";
import { literalType, settle } from "../types/compat.js";
import { printType } from "../types/print.js";
import { int64 } from "../types/type.js";
import type { ProgramContext } from "./context.js";
import { constant } from "./conversion.js";
import type { Environment, VariableState } from "./environment.js";
import { statsValue } from "./stats-value.js";
import type { LocalId, TypedExpression, TypedLocal, TypedStatement } from "./typed-program.js";

/** A variable in scope. */
export interface Variable {
  readonly id: LocalId;
  readonly name: string;
  readonly state: VariableState;
  /** Where it is declared without a value, until it is given one. */
  empty?: Span | undefined;
}

/** The two big switches: rules call each other through them, so no rule's file needs to know all others. */
export interface Rules {
  /** Undefined: an error was reported, or (while inferring) a type is not known yet. */
  expression(c: Checker, node: Expression): TypedExpression | undefined;
  /** In the scope that is open. */
  statements(c: Checker, block: Block): TypedStatement[];
  /** In a scope of its own; a value at its end is dropped. */
  nested(c: Checker, block: Block): TypedStatement[];
}

export class Checker {
  readonly scopes: Map<string, Variable>[] = [new Map()];
  /** Constants that were literals: only they fold and adapt. */
  private readonly literals = new WeakSet<TypedExpression>();
  private readonly locals: Variable[] = [];
  private loops = 0;
  /** Variables whose address is taken. */
  readonly addressed = new Set<LocalId>();

  constructor(
    private readonly rules: Rules,
    readonly program: ProgramContext,
    readonly env: Environment,
    readonly probe: ExpandedProbe,
    /** False while types are still being inferred: what is unknown then is not yet an error. */
    readonly final: boolean,
    /** Number of the probe in the program: variables belong to it. */
    private readonly probeNumber: number,
  ) {}

  // --------------------------------------------------------------------------------------- compile-time branches

  /** All types have come to rest: what hangs on them may be decided. */
  get deciding(): boolean {
    return this.final || this.env.deciding;
  }
  /** A decision is being made: what it asks for must not change any more. */
  answering = false;
  /** Within something of which only the type is asked for: it is never worked out. */
  asking = false;
  asked<T>(run: () => T): T {
    const before = this.asking;
    this.asking = true;
    const result = run();
    this.asking = before;
    return result;
  }
  decision(node: NodeId): boolean | undefined {
    return this.env.decisions.get(`${this.probeNumber}:${node}`);
  }
  decide(node: NodeId, value: boolean): void {
    const key = `${this.probeNumber}:${node}`;
    if (!this.env.decisions.has(key)) this.env.changed = true;
    this.env.decisions.set(key, this.env.decisions.get(key) ?? value);
  }

  // --------------------------------------------------------------------------------------------- diagnostics

  error(code: DiagnosticCode, span: Span, message: string, hint?: string): undefined {
    this.program.log.error(code, span, message, hint);
    return undefined;
  }
  warn(code: DiagnosticCode, span: Span, message: string, hint?: string): void {
    this.program.log.warning(code, span, message, hint);
  }

  // ------------------------------------------------------------------------------------------------- dispatch

  expression(node: Expression): TypedExpression | undefined {
    return this.within(node, () => this.rules.expression(this, node));
  }

  /** What its probe ends with, and rounds of its loops (markTail); known from their bodies on. */
  readonly tail = new Set<unknown>();

  /** Calls of macros around the place that is looked at, innermost last. */
  readonly expansions: Span[] = [];

  /** Checks what stands in a node, knowing whether that is what a macro's call became. */
  within<T>(node: Expression, run: () => T): T {
    if (node.kind !== "block_expression" || node.expansion !== true) return run();
    this.expansions.push(node.span);
    const result = run();
    this.expansions.pop();
    return result;
  }

  statements(block: Block): TypedStatement[] {
    return this.rules.statements(this, block);
  }

  nested(block: Block): TypedStatement[] {
    return this.rules.nested(this, block);
  }

  /**
   * An expression that must be a storable value: no void, no histogram. `words`: what is said of a histogram.
   * `takesStats`: a key of a stats() map is a record of its numbers there.
   */
  value(node: Expression, words?: (type: string) => string, takesStats = false): TypedExpression | undefined {
    const value = this.expression(node);
    if (value === undefined) return undefined;
    const stats = takesStats ? statsValue(value) : undefined;
    if (stats !== undefined) return stats;
    if (value.type.kind === "void")
      return this.error("TB3025", node.span, words?.("void") ?? "this has no value");
    if (value.type.kind === "aggregate") {
      const type = printType(value.type);
      return this.error(
        "TB3008",
        node.span,
        words?.(type) ?? `a map of type ${type} can only be printed, cleared or zeroed as a whole`,
      );
    }
    return value;
  }

  values(
    nodes: readonly Expression[],
    words?: (type: string) => string,
    takesStats = false,
  ): TypedExpression[] | undefined {
    const values = nodes.map((node) => this.value(node, words, takesStats));
    const known = values.filter((value) => value !== undefined);
    return known.length === values.length ? known : undefined;
  }

  // ------------------------------------------------------------------------------------------------- literals

  isLiteral(value: TypedExpression): boolean {
    if (value.kind === "tuple") return value.elements.every((element) => this.isLiteral(element));
    return value.kind === "string" || this.literals.has(value);
  }

  markLiteral(value: TypedExpression): TypedExpression {
    this.literals.add(value);
    return value;
  }

  literal(value: bigint, span: Span, text = `${value}`): TypedExpression | undefined {
    if (value >= 1n << 64n || value < -(1n << 63n)) {
      return this.error("TB3013", span, `integer ${text} does not fit in 64 bits`);
    }
    return this.markLiteral(constant(value, literalType(value), span));
  }

  // --------------------------------------------------------------------------------------- scopes and variables

  inScope<T>(run: () => T): T {
    this.scopes.push(new Map());
    const result = run();
    for (const { name, empty, state } of this.scopes.pop()?.values() ?? [])
      if (empty !== undefined && this.final && state.poisoned !== true)
        this.warn("TB2015", empty, `Variable ${shown(name)} was never assigned to.`);
    return result;
  }

  get inLoop(): boolean {
    return this.loops > 0;
  }

  loop<T>(run: () => T): T {
    this.loops++;
    const result = run();
    this.loops--;
    return result;
  }

  lookUp(name: string): Variable | undefined {
    for (let at = this.scopes.length - 1; at >= 0; at--) {
      const found = this.scopes[at]?.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  declare(name: string, node: NodeId): Variable {
    const variable: Variable = {
      id: this.locals.length as LocalId,
      name,
      state: this.env.variable(this.probeNumber, node),
    };
    this.locals.push(variable);
    this.scopes.at(-1)?.set(name, variable);
    return variable;
  }

  stateOf(local: LocalId): VariableState | undefined {
    return this.locals[local]?.state;
  }

  typedLocals(): TypedLocal[] {
    return this.locals.map((variable) => ({
      name: shown(variable.name),
      type: settle(variable.state.type ?? int64),
      addressed: this.addressed.has(variable.id),
    }));
  }
}

/** A variable's name without the mark that macro expansion gave it. */
export function shown(name: string): string {
  return name.replace(/#\d+$/, "");
}
