/**
 * C macros in the script's code: a name that is a macro stands for the expression its body makes. As in
 * bpftrace, a body that is no expression is only wrong where the macro is used; beyond it, macros with
 * parameters are expanded too.
 */
import type { Call, Expression, Identifier, Node, TypeName } from "../ast/ast.js";
import type { NodeIds } from "../base/ids.js";
import type { Source } from "../base/source.js";
import type { Span } from "../base/span.js";
import type { Macro } from "../c/macros.js";
import { scanAll, spell } from "../c/token.js";
import { Log } from "../diag/diagnostic.js";
import { parseExpression } from "../parse/parse.js";
import type { Definitions } from "./c-definitions.js";
import { copyTree } from "./scan.js";

export class CMacros {
  /** Names on the way of the expansion: C lets no macro stand for itself. */
  private readonly active: string[] = [];

  constructor(
    private readonly definitions: Definitions,
    private readonly ids: NodeIds,
    private readonly log: Log,
  ) {}

  expand<T extends Node>(root: T): T {
    return this.replaceIn(root);
  }

  private replaceIn<T>(root: T): T {
    return copyTree(root, this.ids, (node) => {
      if (node.kind === "identifier") return this.object(node as unknown as Identifier);
      if (node.kind === "call") return this.call(node as unknown as Call);
      return undefined;
    });
  }

  private object(node: Identifier): Expression | undefined {
    const macro = this.macro(node.name);
    if (macro === undefined || macro.params !== undefined) return undefined;
    return this.expression(macro, spell(macro.body), node.span);
  }

  private call(node: Call): Expression | undefined {
    const macro = this.macro(node.name);
    if (macro?.params === undefined) return undefined;
    const { params } = macro;
    if (params.length !== node.args.length) {
      this.log.error(
        "TB2009",
        node.span,
        `C macro '${node.name}' takes ${params.length} arguments, not ${node.args.length}`,
      );
      return this.nothing(node.span);
    }
    const body = this.expression(macro, spell(macro.body), node.span);
    if (body === undefined) return undefined;
    // The arguments are trees already: they take the places of the parameters' names.
    const args = new Map<string, Expression | TypeName>(
      params.map((param, index) => [param, this.replaceIn(node.args[index] ?? body)]),
    );
    return copyTree(body, this.ids, (inner) =>
      inner.kind === "identifier" || inner.kind === "type_name"
        ? args.get((inner as unknown as Identifier).name)
        : undefined,
    );
  }

  /** In place of what was wrong, so that it is said once. */
  private nothing(span: Span): Expression {
    return { kind: "integer", id: this.ids.fresh(), span, value: 0n, text: "0", duration: false };
  }

  private macro(name: string): Macro | undefined {
    return this.active.includes(name) ? undefined : this.definitions.macro(name);
  }

  private expression(macro: Macro, text: string, span: Span): Expression | undefined {
    if (text === "") return undefined;
    const parsed = parseMacro(text, span, this.ids);
    if (parsed === undefined) {
      this.log.error("TB2009", span, `unable to expand macro as an expression: ${text}`);
      return this.nothing(span);
    }
    this.active.push(macro.name);
    const expanded = this.replaceIn(parsed);
    this.active.pop();
    return expanded;
  }
}

/** The body as an expression all of which stands at `span`; undefined if it is none. */
function parseMacro(text: string, span: Span, ids: NodeIds): Expression | undefined {
  const source: Source = { id: span.source, name: "", text: joinStrings(text, span) };
  const parsed = parseExpression(source, ids, new Log());
  return parsed === undefined ? undefined : moved(parsed, span);
}

/** `"a" "b"` is one string in C. */
function joinStrings(text: string, span: Span): string {
  if (!/"\s*"/.test(text)) return text;
  const tokens = scanAll({ id: span.source, name: "", text });
  return tokens
    .map((token, index) => {
      const joins = token.kind === "string" && tokens[index - 1]?.kind === "string";
      const goes = token.kind === "string" && tokens[index + 1]?.kind === "string";
      const inner = joins ? token.text.slice(1) : token.text;
      const whole = goes ? inner.slice(0, -1) : inner;
      return token.spaced && !joins ? ` ${whole}` : whole;
    })
    .join("");
}

function moved<T>(value: T, span: Span): T {
  const move = (inner: unknown): unknown => {
    if (Array.isArray(inner)) return inner.map(move);
    if (typeof inner !== "object" || inner === null) return inner;
    return Object.fromEntries(
      Object.entries(inner).map(([name, item]) => [
        name,
        /^(?:span|nameSpan)$/.test(name) ? span : move(item),
      ]),
    );
  };
  return move(value) as T;
}
