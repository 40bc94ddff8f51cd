/** `args` as a value: what a map can keep of it. */
import { namesArguments } from "../lang/index.js";
import type { Checker } from "./checker.js";
import { field } from "./members.js";
import type { TypedExpression } from "./typed-program.js";

/**
 * What lies in the context cannot be kept; where `args` are the arguments of a typed function, a record of them can.
 * Anything else is returned as it is.
 */
export function keptArguments(c: Checker, value: TypedExpression): TypedExpression | undefined {
  const { type } = value;
  if (c.probe.argsCanBeKept !== true || value.kind !== "call" || !namesArguments(value.call.name))
    return value;
  if (type.kind !== "pointer" || type.to.kind !== "struct") return value;
  const names = type.to.members.map(({ name }) => name).filter((name) => name !== "retval");
  const elements = names.flatMap((name) => field(c, value, name, value.span, value.span) ?? []);
  if (elements.length !== names.length) return undefined;
  const fields = elements.map((element, index) => ({ name: names[index] ?? "", type: element.type }));
  return { kind: "tuple", elements, type: { kind: "record", fields }, span: value.span };
}
