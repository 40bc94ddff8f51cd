/** Expressions whose value must be known when compiling, outside the body of any probe. */
import type { Expression, Probe } from "../ast/ast.js";
import type { ExpandedProbe } from "../lang/provider.js";
import type { ProgramContext } from "./context.js";
import { Environment } from "./environment.js";
import { rules } from "./rules.js";
import { Checker } from "./checker.js";

/** For expressions outside any probe. */
const NOWHERE: ExpandedProbe = {
  provider: "",
  name: "",
  type: "",
  section: "",
  context: "none",
  attach: { kind: "begin" },
  space: "kernel",
};

/** Value of a constant expression; undefined, with or without a report, if it is none. */
export function constantOf(node: Expression, program: ProgramContext): bigint | undefined {
  const value = new Checker(rules, program, new Environment(), NOWHERE, true, -1).expression(node);
  return value?.kind === "constant" ? value.value : undefined;
}

/**
 * Leaves out the probes whose predicate `/comptime …/` does not hold, before they are expanded: their attach points
 * need not exist, their bodies need not compile. Those for which it holds have no predicate any more.
 */
export function chosenProbes(probes: readonly Probe[], program: ProgramContext): readonly Probe[] {
  return probes.flatMap((probe) => {
    const { predicate, ...unconditional } = probe;
    if (predicate?.comptime !== true) return [probe];
    const value = constantOf(predicate, program);
    if (value !== undefined) return value === 0n ? [] : [unconditional];
    // That it cannot be told is reported already.
    return [];
  });
}
