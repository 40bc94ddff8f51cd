/** `-p`: events that happen everywhere are the process' own only if the program says so. */
import type { Span } from "../base/span.js";
import type { Probe } from "../ast/ast.js";
import { boolType } from "../types/type.js";
import type { Checker } from "./checker.js";
import { constant } from "./conversion.js";
import type { TypedExpression } from "./typed-program.js";

/** Providers whose events are not attached for one process; user probes and watchpoints are. */
const FILTERED: ReadonlySet<string> = new Set([
  "kprobe",
  "kretprobe",
  "fentry",
  "fexit",
  "tracepoint",
  "rawtracepoint",
  "profile",
  "software",
  "hardware",
]);

/** The predicate, and before it `pid == N` where the probe needs it; `pid` counts in the namespace it always does. */
export function withPidFilter(
  c: Checker,
  node: Probe,
  predicate: TypedExpression | undefined,
): TypedExpression | undefined {
  const { pid } = c.program.options;
  if (pid === undefined || !FILTERED.has(c.probe.provider)) return predicate;
  const { span, id } = node;
  const current = c.expression({ kind: "identifier", name: "pid", span, id });
  if (current === undefined) return predicate;
  const filter = compare(current, pid, span);
  if (predicate === undefined) return filter;
  return { kind: "logical", operator: "&&", left: filter, right: predicate, type: boolType, span };
}

function compare(current: TypedExpression, pid: number, span: Span): TypedExpression {
  const right = constant(BigInt(pid), current.type, span);
  return { kind: "compare", operator: "==", left: current, right, type: boolType, span };
}
