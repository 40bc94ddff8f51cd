/** offsetof(). */
import type { OffsetOf } from "../ast/ast.js";
import { didYouMean } from "../diag/suggest.js";
import { settle } from "../types/compat.js";
import { memberNames, memberPath } from "../types/members.js";
import { printType } from "../types/print.js";
import { uint64 } from "../types/type.js";
import type { Checker } from "./checker.js";
import { constant } from "./conversion.js";
import { operandType } from "./type-names.js";
import type { TypedExpression } from "./typed-program.js";

export function offsetOf(c: Checker, node: OffsetOf): TypedExpression | undefined {
  let type = operandType(c, node.of);
  if (type?.kind === "pointer") type = type.to;
  let offset = 0;
  for (const name of node.path) {
    if (type === undefined) return undefined;
    if (type.kind !== "struct") {
      return c.error("TB3012", node.span, `'${printType(settle(type))}' is not a C type.`);
    }
    const path = memberPath(type, name);
    const last = path?.at(-1);
    if (path === undefined || last === undefined) {
      return c.error(
        "TB2005",
        node.span,
        `'${printType(type)}' has no field named '${name}'`,
        didYouMean(name, memberNames(type)),
      );
    }
    offset += path.reduce((sum, member) => sum + member.offset, 0);
    type = last.type;
  }
  return constant(BigInt(offset), uint64, node.span);
}
