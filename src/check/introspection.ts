/**
 * What a script may ask of types: typeinfo(), and the `comptime` branches that depend on the answers.
 *
 * Types grow while inference goes round, so an answer is given only when nothing grows any more. It then opens one
 * branch, whose statements may let other types grow; but a type that was asked for is settled for good.
 */
import type { Expression, If, TypeName, TypeOf } from "../ast/ast.js";
import { settle } from "../types/compat.js";
import { baseTypeName, printType } from "../types/print.js";
import { type Type, uint64 } from "../types/type.js";
import type { Checker } from "./checker.js";
import { constant, stringConstant, truth } from "./conversion.js";
import { scan } from "./scan.js";
import { operandType } from "./type-names.js";
import type { TypedExpression } from "./typed-program.js";

/** `typeinfo(x)`: a record that is known when compiling. */
export function typeInfo(c: Checker, node: TypeOf): TypedExpression | undefined {
  const { span } = node;
  if (c.program.config.variables.get("unstable_typeinfo") === "error") {
    return c.error(
      "TB3027",
      span,
      "typeinfo feature is not enabled by default. To enable this unstable feature, set the config flag to enable. unstable_typeinfo=enable",
    );
  }
  const type = typeAskedFor(c, node.operand);
  if (type === undefined) return undefined;
  const elements = [
    c.markLiteral(constant(BigInt(type.kind === "struct" ? (type.btfId ?? 0) : 0), uint64, span)),
    stringConstant(baseTypeName(type), span),
    stringConstant(printType(type), span),
  ];
  const names = ["btf_id", "base_type", "full_type"];
  const fields = elements.map((element, index) => ({ name: names[index] ?? "", type: element.type }));
  return { kind: "tuple", elements, type: { kind: "record", fields }, span };
}

/** The type of an operand that is not evaluated; of a map with keys but no brackets, that of its keys. */
function typeAskedFor(c: Checker, operand: TypeName | Expression): Type | undefined {
  const type = operandType(c, operand);
  if (type !== undefined && c.answering) lock(c, operand);
  return type === undefined ? undefined : settle(type);
}

function lock(c: Checker, operand: TypeName | Expression): void {
  if (operand.kind === "variable") {
    const state = c.lookUp(operand.name)?.state;
    if (state !== undefined) state.locked = true;
  }
  if (operand.kind !== "map") return;
  const state = c.env.map(operand.name, operand.span);
  if (operand.keys === undefined && state.keyed === true) state.keyLocked = true;
  else state.valueLocked = true;
}

/** `if comptime c` and `if (comptime c)` mean the same. */
export function isComptime(node: { readonly comptime: boolean; readonly condition: Expression }): boolean {
  return node.comptime || ("comptime" in node.condition && node.condition.comptime === true);
}

/**
 * The condition of a `comptime if`, once it can be told: undefined while it cannot, or after a report.
 */
export function comptimeCondition(c: Checker, node: Pick<If, "condition" | "id">): boolean | undefined {
  const { condition } = node;
  if (!asksOfTypes(condition)) return constantCondition(c, condition);
  const known = c.decision(node.id);
  if (known === undefined && !c.deciding) return undefined;
  c.answering = true;
  const value = constantCondition(c, condition);
  c.answering = false;
  if (value !== undefined) c.decide(node.id, value);
  return known ?? value;
}

function constantCondition(c: Checker, node: Expression): boolean | undefined {
  const value = c.value(node);
  const condition = value === undefined ? undefined : truth(value);
  if (condition?.kind === "constant") return condition.value !== 0n;
  if (condition !== undefined || c.final)
    c.error("TB3013", node.span, "Unable to resolve comptime expression");
  return undefined;
}

/** Does the answer hang on a variable's or a map's type? */
function asksOfTypes(node: Expression): boolean {
  let asks = false;
  scan(node, ({ kind }) => {
    asks ||= kind === "variable" || kind === "map";
    return !asks;
  });
  return asks;
}
