/** What bpftrace may still change, and so allows only when the config says so. */
import type { Call, Script } from "../ast/ast.js";
import type { Span } from "../base/span.js";
import { findBuiltin } from "../lang/index.js";
import type { ProgramContext } from "./context.js";
import { scan } from "./scan.js";

const TYPEINFO = { config: "unstable_typeinfo", feature: "typeinfo" };

/** Looks at the script as written: what a macro of ours is made of is not the user's choice. */
export function checkUnstable(script: Script, program: ProgramContext): void {
  const said = new Set<string>();
  const meet = ({ config, feature }: typeof TYPEINFO, span: Span): void => {
    const allowed = program.config.variables.get(config);
    if (allowed === "error") {
      const message = `${feature} feature is not enabled by default. To enable this unstable feature, set the config flag to enable. ${config}=enable`;
      program.log.error("TB3016", span, message);
    } else if (allowed === "warn" && !said.has(config)) {
      said.add(config);
      const message = `Script is using an unstable feature: ${feature}. To prevent this warning you must explicitly enable it in the config e.g. ${config}=enable`;
      program.log.warning("TB3016", undefined, message);
    }
  };
  scan(script.items, (node) => {
    if (node.kind === "typeinfo") meet(TYPEINFO, (node as unknown as Call).span);
    if (node.kind !== "call") return true;
    const call = node as unknown as Call;
    const { unstable } = findBuiltin(call.name) ?? {};
    if (unstable !== undefined) meet(unstable, call.span);
    return true;
  });
}
