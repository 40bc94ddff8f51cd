/** Values of the command line's options, in bpftrace's words where its users know them. */
import { UserError } from "./load-source.js";
import { UsageError } from "./usage-error.js";

export const runModes = ["codegen", "compiler-bench", "bench", "test", "format"] as const;
/** What the command line is for when it is not tracing; `undefined` means tracing. */
export type RunMode = (typeof runModes)[number];

export type OutputFormat = "text" | "json" | "folded";
export type BufferMode = "line" | "full" | "none";

/** Greatest process number any kernel gives: PID_MAX_LIMIT of include/linux/threads.h. */
const GREATEST_PID = 0x400000;

function wrong(message: string, hint?: string): never {
  throw new UserError(message, "TB6005", hint);
}

function wrongUsage(message: string): never {
  throw new UsageError(message);
}

function oneOf<T extends string>(words: readonly T[], text: string): T | undefined {
  return words.find((word) => word === text);
}

export function parseFormat(text: string): OutputFormat {
  return (
    oneOf(["text", "json", "folded"], text) ??
    wrong(`Invalid output format ${JSON.stringify(text)}`, "valid formats: 'text', 'json', 'folded'")
  );
}

export function parseBuffer(text: string): BufferMode {
  return oneOf(["line", "full", "none"], text) ?? wrongUsage("-B must be either 'line', 'full', or 'none'.");
}

export function parseMode(text: string): RunMode {
  return (
    oneOf(runModes, text) ??
    wrongUsage("--mode can only be 'codegen', 'compiler-bench', 'bench', 'test' or 'format'.")
  );
}

/** Of an option that may be given several times. */
export function collectPids(text: string, earlier: readonly number[] = []): readonly number[] {
  return [...earlier, parsePid(text)];
}

/** Decimal, octal or hexadecimal as C writes them. */
export function parsePid(text: string): number {
  const digits = /^(?:0x[0-9a-f]+|\d+)/i.exec(text)?.[0];
  if (digits === undefined) return wrong(`Failed to parse pid: invalid integer: ${text}`);
  if (digits.length < text.length) return wrong(`Failed to parse pid: invalid trailing bytes: ${text}`);
  const pid = /^0\d/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  if (pid > GREATEST_PID) return wrong(`Pid out of range: ${text}`);
  if (pid === 0) return wrong("Failed to attach to pid: there is no process 0");
  return pid;
}

/** A number of things or seconds: 1 or more. */
export function parseCount(text: string): number {
  const count = Number(text);
  return /^\d+$/.test(text) && count > 0 && count < 2 ** 31
    ? count
    : wrong(`'${text}' is not a positive number`);
}

export function parseNumber(text: string): number {
  const number = Number(text);
  return /^\d+$/.test(text) && number < 2 ** 31 ? number : wrong(`'${text}' is not a number`);
}

const features = ["kprobe_multi", "kprobe_session", "uprobe_multi"] as const;
export type Feature = (typeof features)[number];

export function parseFeatures(text: string): readonly Feature[] {
  return text
    .split(",")
    .map(
      (word) =>
        oneOf(features, word) ?? wrong(`USAGE: --no-feature can only have values '${features.join(",")}'.`),
    );
}

export function parseFilter(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return wrong(`Invalid --probe-filter regex '${text}': ${reason}`);
  }
}

/** An option that may be given several times. */
export function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}
