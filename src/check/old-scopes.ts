/**
 * Scripts for bpftrace before 0.22 share a variable between all blocks of a probe: assigned in both branches of an
 * `if`, read behind it. Since 0.22 a variable belongs to the block that assigns it first, and such a read is an error
 * there; so to give it the old meaning changes no script of today. What is read outside of its block is declared at
 * the top of its probe, with a warning.
 */
import type { Assignment, For, Probe, Variable, VariableDeclaration } from "../ast/ast.js";
import type { NodeIds } from "../base/ids.js";
import type { Span } from "../base/span.js";
import type { Log } from "../diag/diagnostic.js";
import { shown } from "./checker.js";
import { isNode } from "./scan.js";

/** The probe with the declarations that make it one of today; itself where it needs none. */
export function withOldScopes(probe: Probe, ids: NodeIds, log: Log): Probe {
  const reader = new ScopeReader();
  reader.read(probe.block);
  const wanted = [...reader.readOutside].filter(([name]) => !reader.declared.has(name));
  if (wanted.length === 0) return probe;
  const declarations = wanted.map(([name, { assigned, read }]): VariableDeclaration => {
    log.warning(
      "TB3029",
      read,
      `${shown(name)} is assigned in a block and read outside of it: taken as one variable of the whole probe`,
      `bpftrace refuses this since 0.22; declare it in front of the block: let ${shown(name)};`,
    );
    return { kind: "let", id: ids.fresh(), span: assigned, name, type: undefined, value: undefined };
  });
  const { block } = probe;
  return { ...probe, block: { ...block, statements: [...declarations, ...block.statements] } };
}

/** Where a variable was first assigned, and where it is read out of sight. */
interface Use {
  readonly assigned: Span;
  readonly read: Span;
}

/** Walks a probe's body in the order of its text, as the checker does. */
class ScopeReader {
  /** Names that are bound explicitly somewhere: whoever writes `let` knows of scopes. */
  readonly declared = new Set<string>();
  readonly readOutside = new Map<string, Use>();
  private readonly scopes: Map<string, Span>[] = [];
  /** Assigned in blocks that are over. */
  private readonly closed = new Map<string, Span>();

  read(node: unknown): void {
    if (Array.isArray(node)) for (const item of node) this.read(item);
    else if (isNode(node)) this.readNode(node as { kind: string });
    else if (typeof node === "object" && node !== null) this.readParts(node);
  }

  private readNode(node: { kind: string }): void {
    switch (node.kind) {
      case "block":
        this.scope(() => this.readParts(node));
        break;
      case "variable":
        this.use((node as Variable).name, (node as Variable).span);
        break;
      case "assignment":
        this.assign(node as Assignment);
        break;
      case "let":
        this.read((node as VariableDeclaration).value);
        this.declare((node as VariableDeclaration).name, (node as VariableDeclaration).span);
        break;
      case "for":
        this.loop(node as For);
        break;
      default:
        this.readParts(node);
    }
  }

  private readParts(node: object): void {
    for (const [name, part] of Object.entries(node)) if (name !== "span") this.read(part);
  }

  private assign({ target, operator, value }: Assignment): void {
    this.read(value);
    if (target.kind !== "variable" || operator !== undefined) this.read(target);
    else if (!this.isVisible(target.name)) this.scopes.at(-1)?.set(target.name, target.span);
  }

  private declare(name: string, span: Span): void {
    this.declared.add(name);
    this.scopes.at(-1)?.set(name, span);
  }

  private loop({ variable, over, body }: For): void {
    this.read(over);
    this.scope(() => {
      this.declare(variable.name, variable.span);
      this.read(body);
    });
  }

  private use(name: string, read: Span): void {
    const assigned = this.closed.get(name);
    if (assigned === undefined || this.isVisible(name) || this.readOutside.has(name)) return;
    this.readOutside.set(name, { assigned, read });
  }

  private scope(body: () => void): void {
    this.scopes.push(new Map());
    body();
    for (const [name, span] of this.scopes.pop() ?? [])
      if (!this.closed.has(name)) this.closed.set(name, span);
  }

  private isVisible(name: string): boolean {
    return this.scopes.some((scope) => scope.has(name));
  }
}
