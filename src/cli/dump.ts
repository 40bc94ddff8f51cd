import { printScript } from "../ast/print.js";
import type { Sources } from "../base/source.js";
import { printTypedProgram } from "../check/print.js";
import { printAllocation } from "../codegen/print.js";
import type { Compilation } from "../compile.js";
import { printModule } from "../ir/print.js";
import { printBytecode } from "../codegen/print.js";
import { UserError } from "./load-source.js";

/** Stages in pipeline order. */
export const stageNames = ["ast", "types", "ir", "opt", "alloc", "bpf"] as const;
export type Stage = (typeof stageNames)[number];

/** `--dump=ast,ir`, repeated or joined; `all` means every stage. bpftrace's own names (`codegen`…) are refused. */
export function parseStages(texts: readonly string[]): readonly Stage[] {
  const wanted = texts.flatMap((text) => text.split(",")).filter((text) => text !== "");
  if (wanted.includes("all")) return stageNames;
  for (const name of wanted) {
    if (!stageNames.some((stage) => stage === name)) {
      throw new UserError(`unknown stage '${name}'`, "TB6004", `stages are ${stageNames.join(", ")} and all`);
    }
  }
  return stageNames.filter((stage) => wanted.includes(stage));
}

/** Text of each wanted stage that the compilation reached, under a heading when there are several. */
export function dumpStages(compilation: Compilation, stages: readonly Stage[], sources: Sources): string {
  let out = "";
  for (const stage of stages) {
    const text = stageText(compilation, stage, sources);
    if (text === undefined) continue;
    out += stages.length > 1 ? `;; ${stage}\n${text}\n` : text;
  }
  return out;
}

function stageText(compilation: Compilation, stage: Stage, sources: Sources): string | undefined {
  const { script, typed, lowered, optimised, compiled } = compilation;
  switch (stage) {
    case "ast":
      return script && printScript(script);
    case "types":
      return typed && printTypedProgram(typed);
    case "ir":
      return lowered && printModule(lowered, sources);
    case "opt":
      return optimised && printModule(optimised, sources);
    case "alloc":
      return compiled && printAllocation(compiled, sources);
    case "bpf":
      return compiled && printBytecode(compiled, sources);
  }
}
