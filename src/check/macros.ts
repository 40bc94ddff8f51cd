/** Hygienic macros: calls are replaced by the macro's body before anything is typed. */
import type {
  Block,
  Call,
  Expression,
  Identifier,
  MacroDefinition,
  Probe,
  Script,
  TypeName,
} from "../ast/ast.js";
import { isTypeName } from "../ast/walk.js";
import type { NodeIds } from "../base/ids.js";
import type { Span } from "../base/span.js";
import type { Log } from "../diag/diagnostic.js";
import { findBuiltin } from "../lang/index.js";
import { copyTree, scan } from "./scan.js";

/** A macro that calls itself would never end. */
const GREATEST_DEPTH = 64;

type Argument = Expression | TypeName;

/** `comptime` before a call of a macro is about what the macro yields. */
function sameTime(call: Expression, expanded: Expression): Expression {
  return call.comptime === true ? { ...expanded, comptime: true } : expanded;
}

export class Macros {
  private readonly byName = new Map<string, MacroDefinition[]>();
  private expansions = 0;

  constructor(
    script: Script,
    private readonly ids: NodeIds,
    private readonly log: Log,
  ) {
    for (const item of script.items) {
      if (item.kind !== "macro") continue;
      const same = this.byName.get(item.name) ?? [];
      if (same.some((other) => other.params.length === item.params.length)) {
        log.error("TB2008", item.span, `Redefinition of macro: ${item.name}`);
      }
      this.byName.set(item.name, [...same, item]);
    }
  }

  /** The probe with all macro calls in it replaced. */
  expand(probe: Probe): Probe {
    return this.byName.size === 0 ? probe : this.replaceIn(probe, 0);
  }

  private replaceIn<T>(root: T, depth: number): T {
    return copyTree(root, this.ids, (node) => {
      if (node.kind === "call") {
        const call = node as unknown as Call;
        const macros = this.byName.get(call.name);
        if (macros === undefined) return undefined;
        // A macro beside a builtin of the same name takes only calls that fit it.
        const fits = macros.some((macro) => macro.params.length === call.args.length);
        if (!fits && findBuiltin(call.name) !== undefined) return undefined;
        return sameTime(call, this.expansion(call.name, call.args, call.span, depth));
      }
      if (node.kind === "identifier") {
        const identifier = node as unknown as Identifier;
        const macros = this.byName.get(identifier.name);
        if (!macros?.some((macro) => macro.params.length === 0)) return undefined;
        return sameTime(identifier, this.expansion(identifier.name, [], identifier.span, depth));
      }
      return undefined;
    });
  }

  private expansion(name: string, args: readonly Argument[], span: Span, depth: number): Expression {
    const nothing: Expression = {
      kind: "integer",
      id: this.ids.fresh(),
      span,
      value: 0n,
      text: "0",
      duration: false,
    };
    const fail = (message: string, hint?: string): Expression => {
      this.log.error("TB2009", span, message, hint);
      return nothing;
    };
    if (depth > GREATEST_DEPTH) return fail(`Recursive macro call: ${name}`);
    const candidates = this.byName.get(name)?.filter((macro) => macro.params.length === args.length) ?? [];
    const [macro] = candidates;
    if (macro === undefined) {
      const wanted = this.byName.get(name)?.map((each) => each.params.length);
      return fail(
        `Call to macro has wrong number arguments: ${name} wants ${wanted?.join(" or ")}, not ${args.length}`,
      );
    }
    const bound = new Map<string, Argument>();
    for (const [index, param] of macro.params.entries()) {
      const arg = args[index];
      if (arg === undefined) continue;
      if (param.kind === "variable" && arg.kind !== "variable") {
        return fail(`Mismatched arg to macro call: macro '${name}' expects a variable for ${param.name}`);
      }
      if (param.kind === "map" && (arg.kind !== "map" || arg.keys !== undefined)) {
        return fail(`Mismatched arg to macro call: macro '${name}' expects a map for ${param.name}`);
      }
      // Arguments are the caller's: they are expanded where they stand, not in the macro.
      bound.set(param.name, isTypeName(arg) ? arg : this.replaceIn(arg, depth + 1));
    }
    const body = this.bind(macro, bound, fail);
    const expanded: Block = this.replaceIn(body, depth + 1);
    return { kind: "block_expression", id: this.ids.fresh(), span, block: expanded, expansion: true };
  }

  /** The body with parameters replaced and its own variables renamed so that they meet no others. */
  private bind(
    macro: MacroDefinition,
    bound: ReadonlyMap<string, Argument>,
    fail: (message: string) => Expression,
  ): Block {
    const mark = ++this.expansions;
    const mapOf = (name: string): string | undefined => {
      const arg = bound.get(name);
      return arg?.kind === "map" ? arg.name : undefined;
    };
    scan(macro.body, (node) => {
      if (node.kind === "map" && "name" in node && mapOf(`${node.name}`) === undefined) {
        fail(`Unhygienic access to map: ${node.name}. Pass it to macro '${macro.name}' as an argument`);
      }
      return true;
    });
    const rename = (node: { readonly kind: string }): unknown => {
      if (!("name" in node) || typeof node.name !== "string") return undefined;
      const arg = bound.get(node.name);
      switch (node.kind) {
        case "variable":
          return arg ?? { ...node, id: this.ids.fresh(), name: `${node.name}#${mark}` };
        case "identifier":
          return arg;
        case "type_name":
          return arg !== undefined && isTypeName(arg) ? arg : undefined;
        case "let":
          return copyTree(
            { ...node, name: `${node.name}#${mark}`, kind: "renamed_let" },
            this.ids,
            (inner) => (inner.kind === "renamed_let" ? undefined : rename(inner)),
          );
        case "map": {
          const map = mapOf(node.name);
          if (map === undefined || node.name === map) return undefined;
          return copyTree({ ...node, name: map, kind: "renamed_map" }, this.ids, (inner) =>
            inner.kind === "renamed_map" ? undefined : rename(inner),
          );
        }
      }
      return undefined;
    };
    const block = copyTree(macro.body, this.ids, rename);
    // The two kinds above only kept `rename` from meeting its own result.
    return copyTree(block, this.ids, (node) => {
      if (node.kind === "renamed_let") return this.restore(node, "let");
      if (node.kind === "renamed_map") return this.restore(node, "map");
      return undefined;
    });
  }

  private restore(node: { readonly kind: string }, kind: "let" | "map"): unknown {
    const made: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(node)) {
      made[name] =
        name === "span"
          ? value
          : copyTree(value, this.ids, (inner) =>
              inner.kind === "renamed_let"
                ? this.restore(inner, "let")
                : inner.kind === "renamed_map"
                  ? this.restore(inner, "map")
                  : undefined,
            );
    }
    return { ...made, kind };
  }
}
