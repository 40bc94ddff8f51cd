/**
 * What bpftrace calls deprecated, in its words (src/ast/passes/deprecated.cpp). As there it is the text that counts:
 * a loop in a branch that is not taken is told of, one in the body of a macro is not.
 */
import type { Node, Script } from "../ast/ast.js";
import { forEachChild } from "../ast/walk.js";
import type { Log } from "../diag/diagnostic.js";

/** One warning (TB3030) for each `while` of the probes and functions, in the order of the text. */
export function warnOfDeprecated(script: Script, log: Log): void {
  const visit = (node: Node): void => {
    if (node.kind === "while") {
      log.warning(
        "TB3030",
        node.span,
        "While loops are deprecated and may be removed in the future.",
        "For loops support ranges (e.g. `for ($x : $start..$end) { ... }`), and can be used in place of while. " +
          "These are more easily proven to be bounded by the verifier.",
      );
    }
    forEachChild(node, visit);
  };
  for (const item of script.items) if (item.kind === "probe" || item.kind === "function") visit(item);
}
