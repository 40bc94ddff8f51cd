/**
 * `fn name($a : uint8) : uint8 { … }`: bpftrace 0.26 reads and checks functions, and has no way to call one. So they are
 * checked, as the body of a probe that never fires, and nothing is made of them.
 */
import type {
  AttachPoint,
  Block,
  FunctionDefinition,
  Probe,
  Script,
  Statement,
  TypeName,
} from "../ast/ast.js";
import type { NodeIds } from "../base/ids.js";
import type { Span } from "../base/span.js";
import { begin } from "../lang/probes/special.js";
import type { ProgramContext } from "./context.js";
import { type ProbeGroup, providerContext } from "./expand-probes.js";
import { copyTree } from "./scan.js";

/** A group without members for each function whose name is new; what its head has wrong is reported. */
export function functionGroups(script: Script, program: ProgramContext, ids: NodeIds): readonly ProbeGroup[] {
  const names = new Set<string>();
  return script.items.flatMap((item) => {
    if (item.kind !== "function") return [];
    if (names.has(item.name)) {
      program.log.error("TB2008", item.span, `Redefinition of function: ${item.name}`);
      return [];
    }
    names.add(item.name);
    return groupOf(item, program, ids);
  });
}

function groupOf(item: FunctionDefinition, program: ProgramContext, ids: NodeIds): readonly ProbeGroup[] {
  const { span, result } = item;
  const point: AttachPoint = {
    kind: "attach_point",
    id: ids.fresh(),
    span,
    provider: "begin",
    parts: [],
    text: "begin",
  };
  const [lead] = begin.expand(point, providerContext(point, program));
  if (lead === undefined) return [];
  // A parameter's type may be named after one that follows.
  const params = [...item.params].sort((a, b) => Number(isDerived(a.type)) - Number(isDerived(b.type)));
  const given = params.map(({ name, type, span: at }) => declared(name, type, at, ids));
  const returned =
    result === undefined || isVoid(result) ? [] : [declared(resultOf(item), result, result.span, ids)];
  const body = returning(item, program, ids);
  const block: Block = { ...body, statements: [...given, ...returned, ...body.statements] };
  return [
    {
      node: { kind: "probe", id: item.id, span, attachPoints: [], block } satisfies Probe,
      lead,
      members: [],
    },
  ];
}

function isVoid(type: TypeName | undefined): boolean {
  return type?.kind === "type_name" && type.name === "void";
}

function isDerived({ kind }: TypeName): boolean {
  return kind === "typeof";
}

/** The variable that stands for what a function returns. */
function resultOf({ name }: FunctionDefinition): string {
  return `$result of ${name}`;
}

function declared(name: string, type: TypeName, span: Span, ids: NodeIds): Statement {
  return { kind: "let", id: ids.fresh(), span, name, type, value: undefined, isGiven: true };
}

/** What is returned becomes the value of a variable of the function's type: it is converted, or refused, as one. */
function returning(item: FunctionDefinition, program: ProgramContext, ids: NodeIds): Block {
  const isEmpty = isVoid(item.result);
  const finish = (jump: Statement & { readonly kind: "jump" }): Statement => {
    const { value, ...bare } = jump;
    const { span } = jump;
    if (isEmpty !== (value === undefined)) {
      const message = isEmpty
        ? `Function ${item.name} is of type void, cannot return a value`
        : `Function ${item.name} is not of type void, it must return a value`;
      program.log.error("TB3001", span, message);
    }
    if (value === undefined || isEmpty) return bare;
    const target = { kind: "variable", id: ids.fresh(), span, name: resultOf(item) } as const;
    const holder: Statement = {
      kind: "assignment",
      id: ids.fresh(),
      span,
      target,
      operator: undefined,
      value,
    };
    const block: Block = { kind: "block", id: ids.fresh(), span, statements: [holder, bare] };
    return { kind: "block_statement", id: ids.fresh(), span, block };
  };
  return copyTree(
    item.body,
    ids,
    () => undefined,
    (made) => (isReturn(made) ? finish(made) : made),
  );
}

function isReturn(node: { readonly kind: string }): node is Statement & { readonly kind: "jump" } {
  return node.kind === "jump" && "jump" in node && node.jump === "return";
}
