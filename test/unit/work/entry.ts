/** What count-work.mjs runs and counts. */
import { Sources } from "../../../src/base/source.js";
import { compile } from "../../../src/compile.js";
import { stubBinaries } from "../check/stub-binaries.js";
import { stubTarget } from "../check/stub-target.js";

/** Compiles a script that must be right. */
export function compiled(text: string): void {
  const sources = new Sources();
  const source = sources.add("stdin", text);
  const { log, object } = compile(source, sources, stubTarget, {
    binaries: stubBinaries,
    params: [],
    unsafe: false,
    sources,
    relocatable: false,
  });
  if (object === undefined) throw new Error(log.diagnostics.map(({ message }) => message).join("\n"));
}
