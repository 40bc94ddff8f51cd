/** Generated programs on the running kernel: many in one script, and what its maps print. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TypedMap, TypedProgram } from "../../../src/check/typed-program.js";
import type { MapContents, Value } from "./evaluate.js";

const loader = fileURLToPath(new URL("../../../dist/tsbt", import.meta.url));

/** Why programs cannot be run here; undefined: they can. */
export function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root";
  if (!existsSync(loader)) return "the loader is not built";
  return existsSync("/sys/kernel/btf/vmlinux") ? undefined : "this kernel has no BTF";
}

export interface KernelRun {
  /** One line an element, sorted; see `printed`. */
  readonly elements: string;
  /** Of the loader; empty when all went well. */
  readonly errors: string;
}

export function runOnKernel(script: string): KernelRun {
  const folder = mkdtempSync(join(tmpdir(), "tsbt-programs-"));
  try {
    const file = join(folder, "programs.bt");
    writeFileSync(file, `${script}begin { exit(); }\n`);
    const run = spawnSync(loader, ["-q", "-f", "json", file], { encoding: "utf8", maxBuffer: 1 << 26 });
    const lines = run.stdout.split("\n").filter((line) => line !== "");
    return {
      elements: lines.flatMap(elementsOf).sort().join("\n"),
      errors: run.status === 0 ? "" : `${run.status}\n${run.stderr}`,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Numbers beyond 2^53 would be rounded by JSON.parse: they become text. */
function elementsOf(line: string): readonly string[] {
  const exact = line.replace(/([:[,] ?)(-?\d+)(?=[,}\]])/g, '$1"$2"');
  const { type, data } = JSON.parse(exact) as { type: string; data: Record<string, unknown> };
  if (type !== "map" && type !== "stats") return [];
  return Object.entries(data).flatMap(([name, value]) => {
    const keyed = typeof value === "object" && value !== null && !Array.isArray(value) && !("total" in value);
    const entries = keyed ? Object.entries(value) : [["", value] as const];
    return entries.map(([key, element]) => lineOf(name, key, JSON.stringify(element)));
  });
}

/** Keys print without blanks in JSON. */
function lineOf(name: string, key: string, value: string): string {
  return `${name}[${key.replaceAll(" ", "")}] ${value}`;
}

/** What the loader should print, in the same form. */
export function printed(program: TypedProgram, maps: readonly MapContents[]): string {
  const lines = program.maps.flatMap((map, i) => {
    const text = textOf(map);
    if (text === undefined) return [];
    return [...(maps[i] ?? [])].map(([key, value]) => lineOf(map.name, key, JSON.stringify(text(value))));
  });
  return lines.sort().join("\n");
}

/** How JSON shows a value; undefined for histograms, whose buckets `observe.ts` compares. */
function textOf(map: TypedMap): ((value: Value) => unknown) | undefined {
  if (map.value.kind !== "aggregate") return plain;
  const kind = map.value.aggregate.function;
  if (kind === "hist" || kind === "lhist" || kind === "tseries") return undefined;
  const pair = (value: Value): readonly bigint[] =>
    typeof value === "object" ? (value as readonly bigint[]) : [];
  const average = (value: Value): string => {
    const [total = 0n, count = 1n] = pair(value);
    return String(total / count);
  };
  if (kind === "avg") return average;
  if (kind !== "stats") return plain;
  return (value) => ({
    count: String(pair(value)[1]),
    average: average(value),
    total: String(pair(value)[0]),
  });
}

function plain(value: Value): unknown {
  if (typeof value === "string") return value;
  return typeof value === "bigint" ? String(value) : value.map(plain);
}
