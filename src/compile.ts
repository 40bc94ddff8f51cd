/**
 * The pipeline and nothing else: text in, object out. Pure: no clock, no environment, no files but through
 * `CompileOptions`. The same source and target give the same bytes on every machine.
 */
import { NodeIds } from "./base/ids.js";
import { fail, type Result } from "./base/result.js";
import type { Source, Sources } from "./base/source.js";
import type { Script } from "./ast/ast.js";
import type { CObject } from "./check/c-objects.js";
import { check, type CheckOptions } from "./check/check.js";
import { joinSessions } from "./check/sessions.js";
import type { TypedProgram } from "./check/typed-program.js";
import { type CompiledModule, compileModule } from "./codegen/compile.js";
import { Log } from "./diag/diagnostic.js";
import type { IrModule } from "./ir/ir.js";
import { verifyModule } from "./ir/verify.js";
import { lower } from "./lower/lower.js";
import { assemble } from "./object/assemble.js";
import type { Manifest } from "./object/manifest.js";
import { optimise } from "./opt/optimise.js";
import { parse } from "./parse/parse.js";
import { isStackOverflow, longestStatement, reportTooDeep } from "./parse/too-deep.js";
import type { Target } from "./target/target.js";

export interface CompileOptions extends Omit<CheckOptions, "target"> {
  /** Emit CO-RE relocations, for an object that other kernels will run. */
  readonly relocatable: boolean;
  /** Makes one object of several, as libbpf's linker does. The first is the script's. */
  readonly link?: (objects: readonly Uint8Array[]) => Result<Uint8Array>;
}

/** Every stage's value, as far as the compilation came. `object` is absent exactly when the log has errors. */
export interface Compilation {
  readonly log: Log;
  readonly script?: Script;
  readonly typed?: TypedProgram;
  readonly lowered?: IrModule;
  readonly optimised?: IrModule;
  readonly compiled?: CompiledModule;
  readonly manifest?: Manifest;
  readonly object?: Uint8Array;
}

/** Compiles one script for one target. Nothing is thrown for a bad script: read `log`. */
export function compile(
  source: Source,
  sources: Sources,
  target: Target,
  options: CompileOptions,
): Compilation {
  const log = new Log();
  const ids = new NodeIds();
  const script = parse(source, ids, log);
  if (script === undefined || log.hasErrors) return { log };
  try {
    return compileScript(script, sources, target, options, log);
  } catch (error) {
    // A chain of operators is as deep as it is long, which the parser does not notice.
    if (!isStackOverflow(error)) throw error;
    reportTooDeep(log, longestStatement(script));
    return { log, script };
  }
}

function compileScript(
  script: Script,
  sources: Sources,
  target: Target,
  options: CompileOptions,
  log: Log,
): Compilation {
  const checked = check(script, { ...options, target }, log);
  if (checked === undefined || log.hasErrors) return { log, script };
  // An object for other kernels does without what only younger ones have.
  const typed = options.relocatable ? checked : joinSessions(checked, target);
  const { module: lowered, manifest } = lower(typed, target, log, sources, options.relocatable);
  if (log.hasErrors) return { log, script, typed };
  if (!isSound(verifyModule(lowered), log)) return { log, script, typed, lowered };
  const { module: optimised, problems } = optimise(lowered);
  if (!isSound(problems, log)) return { log, script, typed, lowered };
  const compiled = compileModule(optimised, target.features, log);
  if (compiled === undefined || log.hasErrors) return { log, script, typed, lowered, optimised };
  const object = linked(
    assemble(compiled, manifest, sources, target, typed.functions),
    typed.functions.objects,
    options,
    log,
  );
  if (object === undefined) return { log, script, typed, lowered, optimised, compiled, manifest };
  return { log, script, typed, lowered, optimised, compiled, manifest, object };
}

/** The object with the C the script imports. */
function linked(
  object: Uint8Array,
  imported: readonly CObject[],
  { link }: CompileOptions,
  log: Log,
): Uint8Array | undefined {
  if (imported.length === 0) return object;
  const result = link?.([object, ...imported.map(({ bytes }) => bytes)]) ?? fail("there is no linker here");
  if (result.ok) return result.value;
  const names = imported.map(({ path }) => path).join(", ");
  log.error("TB5012", undefined, `cannot link the script with ${names}: ${result.error}`);
  return undefined;
}

/** A problem the verifier of the IR found is ours: one is enough for the report. */
function isSound([problem]: readonly string[], log: Log): boolean {
  if (problem !== undefined)
    log.error("TB9002", undefined, `the intermediate code is inconsistent: ${problem}`);
  return problem === undefined;
}
