/** One macro body made ready for one call: arguments in, its own variables renamed so that they meet no others. */
import type { Block, MacroDefinition } from "../ast/ast.js";
import { isTypeName } from "../ast/walk.js";
import type { NodeIds } from "../base/ids.js";
import type { Span } from "../base/span.js";
import type { Log } from "../diag/diagnostic.js";
import type { Argument } from "./macro-match.js";
import { type AnyNode, copyTree, isNode, scan } from "./scan.js";

export class MacroBody {
  constructor(
    private readonly macro: MacroDefinition,
    private readonly bound: ReadonlyMap<string, Argument | undefined>,
    /** Tells this expansion's variables from all others'. */
    private readonly mark: number,
    private readonly ids: NodeIds,
    private readonly log: Log,
  ) {}

  block(): Block {
    const copy = copyTree(
      this.macro.body,
      this.ids,
      (node) => this.replacement(node),
      (made) => this.renamed(made),
    );
    if (this.types.size > 0) this.refuseTypes(copy);
    return copy;
  }

  /** What stands for a parameter. */
  private replacement(node: AnyNode): unknown {
    const arg = this.bound.get(nameOf(node));
    if (node.kind === "variable" || node.kind === "identifier") return this.noted(arg);
    if (node.kind === "type_name") return arg === undefined ? undefined : this.typeFor(node, arg);
    return undefined;
  }

  /** Types put in for identifiers: where a value must stand, they are errors. */
  private readonly types = new Set<unknown>();
  private noted(arg: Argument | undefined): Argument | undefined {
    if (arg !== undefined && isTypeName(arg)) this.types.add(arg);
    return arg;
  }

  private typeFor(node: AnyNode, arg: Argument): unknown {
    const tag = "tag" in node ? node.tag : undefined;
    if (tag === undefined) {
      // `uint8` is a bare word in the call, and a type where the parameter stands.
      if (arg.kind === "identifier") return { ...node, id: this.ids.fresh(), name: arg.name };
      return isTypeName(arg) ? arg : undefined;
    }
    // `struct t`: the parameter is a part of the type's name.
    const inner = arg.kind === "typeof" ? arg.operand : arg;
    const plain = inner.kind === "identifier" || (inner.kind === "type_name" && inner.tag === undefined);
    if (plain && arg.kind === "typeof") return { ...node, id: this.ids.fresh(), name: inner.name };
    const [name, whole] = [nameOf(node), `${String(tag)} ${nameOf(node)}`];
    this.error(
      arg.span,
      `Invalid replacement for macro '${this.macro.name}' type parameter '${name}' which makes up the type '${whole}'`,
    );
    return undefined;
  }

  /** Copies of what is not a parameter. */
  private renamed(made: AnyNode): AnyNode {
    const name = nameOf(made);
    switch (made.kind) {
      case "let":
        if (this.bound.has(name)) this.error(spanOf(made), `Variable declaration shadows macro arg ${name}`);
        return { ...made, ...{ name: `${name}#${this.mark}` } };
      case "variable":
        return { ...made, ...{ name: `${name}#${this.mark}` } };
      case "map": {
        const arg = this.bound.get(name);
        if (arg?.kind === "map") return { ...made, ...{ name: arg.name } };
        this.error(
          spanOf(made),
          `Unhygienic access to map: ${name}. Maps must be passed into the macro as arguments.`,
        );
        return made;
      }
      case "offsetof":
        return this.withPath(made);
      default:
        return made;
    }
  }

  /** `offsetof(t, f)`: the member too may be a parameter. */
  private withPath(made: AnyNode): AnyNode {
    if (!("path" in made) || !Array.isArray(made.path)) return made;
    const path = made.path.flatMap((part): readonly string[] => {
      const arg = this.bound.get(`${part}`);
      return arg === undefined ? [`${part}`] : this.memberPath(arg);
    });
    return { ...made, ...{ path } };
  }

  private memberPath(arg: Argument): readonly string[] {
    if (arg.kind === "identifier") return [arg.name];
    if (arg.kind === "field") return [...this.memberPath(arg.object), arg.name];
    this.error(
      arg.span,
      "FieldAccess expressions must be made up entirely of idents (e.g. a.b.c) to replace the second argument in `offsetof`",
    );
    return [];
  }

  /** A type may stand in another call's arguments and in the places of types, nowhere else. */
  private refuseTypes(body: Block): void {
    const allowed = new Set<unknown>();
    scan(body, (node) => {
      if (this.types.has(node) && !allowed.has(node)) {
        this.error(
          spanOf(node),
          "When used as a call argument, `typeof` builtin only valid for macro calls that are expecting a type parameter",
        );
      }
      for (const [field, value] of Object.entries(node))
        if (TYPE_FIELDS.has(field) || (node.kind === "call" && field === "args"))
          for (const inner of Array.isArray(value) ? value : [value]) if (isNode(inner)) allowed.add(inner);
      return true;
    });
  }

  private error(span: Span, message: string): void {
    this.log.error("TB2009", span, message);
  }
}

/** The members of AST nodes that hold types, or what may be a type. */
const TYPE_FIELDS: ReadonlySet<string> = new Set(["operand", "of", "type", "to", "element", "elements"]);

function nameOf(node: object): string {
  return "name" in node && typeof node.name === "string" ? node.name : "";
}

function spanOf(node: AnyNode): Span {
  return (node as AnyNode & { readonly span: Span }).span;
}
