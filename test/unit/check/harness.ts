/** One-line access to check: text in, typed program or diagnostics out. */
import { NodeIds } from "../../../src/base/ids.js";
import { Sources } from "../../../src/base/source.js";
import { check, type CheckOptions } from "../../../src/check/check.js";
import type { TypedProgram } from "../../../src/check/typed-program.js";
import { type Diagnostic, Log } from "../../../src/diag/diagnostic.js";
import { parse } from "../../../src/parse/parse.js";
import { printType } from "../../../src/types/print.js";
import { stubBinaries } from "./stub-binaries.js";
import { stubTarget } from "./stub-target.js";

export interface Checked {
  readonly typed: TypedProgram | undefined;
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: Sources;
}

export function checkText(text: string, options: Partial<CheckOptions> = {}): Checked {
  const sources = new Sources();
  const source = sources.add("stdin", text);
  const log = new Log();
  const script = parse(source, new NodeIds(), log);
  const typed =
    script === undefined
      ? undefined
      : check(
          script,
          { target: stubTarget, binaries: stubBinaries, params: [], unsafe: false, sources, ...options },
          log,
        );
  return { typed, diagnostics: log.diagnostics, sources };
}

/** The program; throws with the diagnostics if there is none. */
export function program(text: string, options: Partial<CheckOptions> = {}): TypedProgram {
  const { typed, diagnostics } = checkText(text, options);
  if (typed === undefined) {
    throw new Error(diagnostics.map(({ code, message }) => `${code} ${message}`).join("\n"));
  }
  return typed;
}

/** Codes of all errors. */
export function errors(text: string, options: Partial<CheckOptions> = {}): string[] {
  return checkText(text, options)
    .diagnostics.filter(({ severity }) => severity === "error")
    .map(({ code }) => code);
}

/** Type of a variable of the first probe that has it. */
export function variableType(text: string, name: string, options: Partial<CheckOptions> = {}): string {
  for (const probe of program(text, options).probes) {
    const local = probe.locals.find((each) => each.name === name);
    if (local !== undefined) return printType(local.type);
  }
  throw new Error(`no variable ${name}`);
}

/** `key -> value` of a map, or just the value. */
export function mapType(text: string, name: string, options: Partial<CheckOptions> = {}): string {
  const map = program(text, options).maps.find((each) => each.name === name);
  if (map === undefined) throw new Error(`no map ${name}`);
  return map.key === undefined ? printType(map.value) : `${printType(map.key)} -> ${printType(map.value)}`;
}
