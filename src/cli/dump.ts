import { printScript } from "../ast/print.js";
import type { Sources } from "../base/source.js";
import { printTypedProgram } from "../check/print.js";
import { printAllocation } from "../codegen/print.js";
import type { Compilation } from "../compile.js";
import { printModule } from "../ir/print.js";
import { printBytecode } from "../codegen/print.js";
import { UserError } from "./load-source.js";

/** Stages in pipeline order. */
const stageNames = ["ast", "types", "ir", "opt", "alloc", "bpf"] as const;
export type Stage = (typeof stageNames)[number];

/** bpftrace's names of stages, for `-d`; what the loader shows stands apart. */
const bpftraceStages: Readonly<Record<string, Stage>> = {
  ast: "ast",
  parse: "ast",
  types: "types",
  codegen: "ir",
  "codegen-opt": "opt",
  dis: "bpf",
};
const loaderStages = ["libbpf", "verifier"] as const;
export type LoaderStage = (typeof loaderStages)[number];

/** What `-d` asks for: stages to print before the program runs, and what the loader shows while it does. */
export interface DebugStages {
  readonly stages: readonly Stage[];
  readonly loader: readonly LoaderStage[];
}

export function parseDebugStages(texts: readonly string[]): DebugStages {
  const wanted = texts.flatMap((text) => text.split(",")).filter((text) => text !== "");
  const all = wanted.includes("all");
  for (const name of wanted) {
    if (
      name !== "all" &&
      bpftraceStages[name] === undefined &&
      !loaderStages.some((stage) => stage === name)
    ) {
      const known = [...Object.keys(bpftraceStages), ...loaderStages].join(", ");
      throw new UserError(`USAGE: invalid option for -d: ${name}`, "TB6004", `stages are ${known} and all`);
    }
  }
  const named = new Set(wanted.map((name) => bpftraceStages[name]));
  return {
    stages: stageNames.filter((stage) => all || named.has(stage)),
    loader: loaderStages.filter((stage) => all || wanted.includes(stage)),
  };
}

/** `--dump=ast,ir`, repeated or joined; `all` means every stage. */
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
