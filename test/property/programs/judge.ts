/** Compiles one generated program, runs it at every stage of the optimiser, and says where it differs from its meaning. */
import { NodeIds } from "../../../src/base/ids.js";
import { Sources } from "../../../src/base/source.js";
import { check } from "../../../src/check/check.js";
import type { TypedMap, TypedProgram } from "../../../src/check/typed-program.js";
import { compileModule } from "../../../src/codegen/compile.js";
import { Log } from "../../../src/diag/diagnostic.js";
import type { IrFunction, IrModule } from "../../../src/ir/ir.js";
import { parseModule } from "../../../src/ir/parse.js";
import { printModule } from "../../../src/ir/print.js";
import { verifyModule } from "../../../src/ir/verify.js";
import { lower } from "../../../src/lower/lower.js";
import { optimise, passes } from "../../../src/opt/optimise.js";
import { parse } from "../../../src/parse/parse.js";
import type { Target } from "../../../src/target/target.js";
import { machineFor } from "../../../src/vm/module.js";
import { evaluate, type MapContents, type Value } from "./evaluate.js";
import { observe } from "./observe.js";

/** The typed program, or the reasons there is none. */
export function typed(text: string, target: Target, log: Log): TypedProgram | undefined {
  const sources = new Sources();
  const script = parse(sources.add("generated", text), new NodeIds(), log);
  if (script === undefined || log.hasErrors) return undefined;
  return check(script, { target, params: [], unsafe: true, sources }, log);
}

/**
 * Differences in words; empty: the program means the same at every stage looked at, which are the finished code and,
 * by turns, one of the stages before. Undefined: the checker refuses it.
 */
export function judge(text: string, target: Target, turn: number): readonly string[] | undefined {
  const log = new Log();
  const program = typed(text, target, log);
  if (program === undefined || log.hasErrors) return undefined;
  const wanted = shown(program, evaluate(program));
  const { module } = lower(program, target, log);
  if (log.hasErrors) return log.diagnostics.map((d) => `lowering: ${d.message}`);
  const problems = stages(module, turn).flatMap((stage) => run(stage, program, target, wanted));
  return turn % 4 === 0 ? [...roundTrip(module), ...problems] : problems;
}

interface Stage {
  readonly name: string;
  readonly module: IrModule;
  readonly problems: readonly string[];
}

/** As lowered, or behind one pass alone; and behind all of them. */
function stages(lowered: IrModule, turn: number): readonly Stage[] {
  const same = ["lower", (fn: IrFunction) => fn] as const;
  const [name, pass] = [same, ...passes][turn % (passes.length + 1)] ?? same;
  const module = { ...lowered, functions: lowered.functions.map(pass) };
  return [
    { name, module, problems: verifyModule(module) },
    { name: "all", ...optimise(lowered) },
  ];
}

function run(
  { name, module, problems }: Stage,
  program: TypedProgram,
  target: Target,
  wanted: string,
): readonly string[] {
  if (problems.length > 0) return problems.map((problem) => `${name}: ${problem}`);
  const log = new Log();
  const compiled = compileModule(module, target.features, log);
  // Unoptimised code may exceed the stack; what users get may not.
  if (compiled === undefined) {
    return name === "all" ? log.diagnostics.map((d) => `${name}: ${d.code} ${d.message}`) : [];
  }
  const machine = machineFor(compiled);
  for (const probe of program.probes) {
    const result = machine.run(probe.name);
    if (result.kind === "fault") {
      return [`${name}: ${result.functionName} ${result.index} ${result.text}: ${result.reason}`];
    }
  }
  const got = shown(program, observe(machine, program));
  return got === wanted ? [] : [`${name}: ${difference(got, wanted)}`];
}

function roundTrip(module: IrModule): readonly string[] {
  const text = printModule(module);
  return printModule(parseModule(text)) === text ? [] : ["the IR's text does not come back"];
}

// ------------------------------------------------------------------------------------------------ comparison

/** One line an element, sorted. */
export function shown(program: TypedProgram, maps: readonly MapContents[]): string {
  const lines = program.maps.flatMap((map, i) =>
    [...(maps[i] ?? [])]
      .filter(([, value]) => !isNothing(map, value))
      .map(([key, value]) => `${map.name}[${key}] ${valueText(value)}`),
  );
  return lines.sort().join("\n");
}

/** An array always has its element: nothing was counted, or nothing was added up. */
function isNothing(map: TypedMap, value: Value): boolean {
  return map.value.kind === "aggregate" && map.key === undefined && value === 0n;
}

function valueText(value: Value): string {
  if (typeof value === "bigint") return String(value);
  return typeof value === "string" ? JSON.stringify(value) : `(${value.map(valueText).join(", ")})`;
}

function difference(got: string, wanted: string): string {
  const [g, w] = [new Set(got.split("\n")), new Set(wanted.split("\n"))];
  const extra = [...g].filter((line) => !w.has(line));
  const missing = [...w].filter((line) => !g.has(line));
  return `got ${extra.join("; ")} instead of ${missing.join("; ")}`;
}
