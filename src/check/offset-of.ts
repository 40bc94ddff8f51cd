/** offsetof(). */
import type { OffsetOf } from "../ast/ast.js";
import type { Span } from "../base/span.js";
import { didYouMean } from "../diag/suggest.js";
import { settle } from "../types/compat.js";
import { memberNames, memberPath } from "../types/members.js";
import { printType } from "../types/print.js";
import { type StructMember, type Type, uint64 } from "../types/type.js";
import type { Checker } from "./checker.js";
import { operandType } from "./type-names.js";
import type { TypedExpression } from "./typed-program.js";

export function offsetOf(c: Checker, node: OffsetOf): TypedExpression | undefined {
  const type = operandType(c, node.of);
  if (type === undefined) return undefined;
  const struct = type.kind === "pointer" ? type.to : type;
  const members = membersTo(c, struct, node.path, node.span);
  if (members === undefined) return undefined;
  const isLeft = c.program.options.relocatable === true && struct.kind === "struct";
  return {
    kind: "constant",
    value: BigInt(offsetOfLast(members)),
    type: uint64,
    span: node.span,
    ...(isLeft ? { layout: { struct, members } } : {}),
  };
}

function offsetOfLast(members: readonly StructMember[]): number {
  return members.reduce((sum, member) => sum + member.offset, 0);
}

/** Bytes from a struct's start to `a.b.c`. */
export function memberOffset(c: Checker, of: Type, names: readonly string[], span: Span): number | undefined {
  const members = membersTo(c, of, names, span);
  return members === undefined ? undefined : offsetOfLast(members);
}

/** Members on the way to `a.b.c`, nameless ones included. */
function membersTo(
  c: Checker,
  of: Type,
  names: readonly string[],
  span: Span,
): readonly StructMember[] | undefined {
  let type = of;
  const members: StructMember[] = [];
  for (const name of names) {
    if (type.kind !== "struct") {
      return c.error("TB3012", span, `'${printType(settle(type))}' is not a C type.`);
    }
    const path = memberPath(type, name);
    const last = path?.at(-1);
    if (path === undefined || last === undefined) {
      return c.error(
        "TB2005",
        span,
        `'${printType(type)}' has no field named '${name}'`,
        didYouMean(name, memberNames(type)),
      );
    }
    members.push(...path);
    type = last.type;
  }
  return members;
}
