/** offsetof(). */
import type { OffsetOf } from "../ast/ast.js";
import type { Span } from "../base/span.js";
import { didYouMean } from "../diag/suggest.js";
import { settle } from "../types/compat.js";
import { memberNames, memberPath } from "../types/members.js";
import { printType } from "../types/print.js";
import { type Type, uint64 } from "../types/type.js";
import type { Checker } from "./checker.js";
import { constant } from "./conversion.js";
import { operandType } from "./type-names.js";
import type { TypedExpression } from "./typed-program.js";

export function offsetOf(c: Checker, node: OffsetOf): TypedExpression | undefined {
  const type = operandType(c, node.of);
  if (type === undefined) return undefined;
  const offset = memberOffset(c, type.kind === "pointer" ? type.to : type, node.path, node.span);
  return offset === undefined ? undefined : constant(BigInt(offset), uint64, node.span);
}

/** Bytes from a struct's start to `a.b.c`. */
export function memberOffset(c: Checker, of: Type, names: readonly string[], span: Span): number | undefined {
  let type = of;
  let offset = 0;
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
    offset += path.reduce((sum, member) => sum + member.offset, 0);
    type = last.type;
  }
  return offset;
}
