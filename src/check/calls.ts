/** Calls of builtins. */
import type { Call, Expression, TypeName } from "../ast/ast.js";
import type { Span } from "../base/span.js";
import { didYouMean } from "../diag/suggest.js";
import type { BuiltinEntry } from "../lang/builtin.js";
import { builtinNames, findBuiltin } from "../lang/index.js";
import { BuiltinCall } from "./call-site.js";
import type { Checker } from "./checker.js";
import { kfuncCall } from "./kfunc-call.js";
import type { TypedExpression } from "./typed-program.js";

export function call(c: Checker, node: Call, discarded: boolean): TypedExpression | undefined {
  const entry = findBuiltin(node.name);
  if (entry === undefined) {
    const kfunc = c.program.functions.find(node.name) ?? c.program.target.kfunc(node.name);
    if (kfunc !== undefined) return kfuncCall(c, node, kfunc);
    // It may be one of an import that could not be had, which was told.
    if (c.program.functions.failed) return undefined;
    const hint = c.program.functionNames.has(node.name)
      ? "functions of the script (fn) can be declared, not called: make it a macro"
      : didYouMean(node.name, builtinNames());
    return c.error("TB2002", node.nameSpan, `Unknown function: '${node.name}'`, hint);
  }
  return builtin(c, entry, node.args, node.span, discarded, node.name);
}

export function builtin(
  c: Checker,
  entry: BuiltinEntry,
  args: readonly (Expression | TypeName)[],
  span: Span,
  discarded: boolean,
  written: string,
): TypedExpression | undefined {
  if (entry.kind === "aggregation") {
    return c.error(
      "TB3008",
      span,
      `${written}() must be assigned directly to a map`,
      `for example: @ = ${written}(…)`,
    );
  }
  const site = new BuiltinCall(c, entry, args, span, discarded, written);
  return site.check() ? entry.rule?.(site) : undefined;
}
