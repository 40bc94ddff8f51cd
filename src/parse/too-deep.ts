/** The stack is the one limit of what walks through trees: a script that reaches it nests too deeply. */
import type { Script } from "../ast/ast.js";
import type { Span } from "../base/span.js";
import type { Log } from "../diag/diagnostic.js";

/** V8's error when a function cannot be called any more. */
export function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message === "Maximum call stack size exceeded";
}

export function reportTooDeep(log: Log, place: Span | undefined): void {
  const hint = "split the expression: assign its parts to variables.";
  log.error("TB1019", place, "the script nests too deeply here", hint);
}

/** Where a script that could be parsed is most likely too deep: its longest statement. */
export function longestStatement(script: Script): Span | undefined {
  const lengthOf = (span: Span): number => span.end - span.start;
  return script.items
    .flatMap((item) => ("block" in item ? item.block.statements : []))
    .map(({ span }) => span)
    .reduce<Span | undefined>(
      (longest, span) => (longest !== undefined && lengthOf(longest) >= lengthOf(span) ? longest : span),
      undefined,
    );
}
