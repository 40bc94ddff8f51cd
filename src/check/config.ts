/** The config block and the environment, validated, as values. */
import type { ConfigEntry, Script } from "../ast/ast.js";
import type { Log } from "../diag/diagnostic.js";
import { didYouMean } from "../diag/suggest.js";
import {
  type ConfigVariable,
  configName,
  configVariables,
  environmentOnly,
  findConfig,
  renamedConfig,
} from "../lang/config.js";
import type { CheckOptions } from "./context.js";
import type { TypedConfig } from "./typed-program.js";

/** Ring buffer pages when nothing is said: 4 MiB, of which only what is used becomes resident. */
const DEFAULT_RING_PAGES = 1024;

type Value = boolean | number | string;

/** Reads both; what is wrong is reported and keeps its default. */
export function checkConfig(script: Script, options: CheckOptions, log: Log): TypedConfig {
  const values = new Map<string, Value>();
  for (const variable of configVariables) values.set(variable.name, variable.value.fallback);
  // One process at a time runs under -c, so its program's symbols are everybody's.
  if (options.cmd === true) values.set("cache_user_symbols", "PER_PROGRAM");
  for (const entry of script.config?.entries ?? []) setFromScript(entry, values, log);
  for (const [name, text] of Object.entries(options.environment ?? {})) {
    const variable = findConfig(name);
    // The environment may hold other programs' variables under our prefix: unknown ones are none of ours.
    if (variable === undefined || variable.deprecated === true) continue;
    const value = fromText(variable, text);
    if (typeof value === "object") log.error("TB3016", undefined, explained(variable, variable.name, value));
    else values.set(variable.name, value);
  }
  const flag = (name: string): boolean => values.get(name) === true;
  const count = (name: string): number => Number(values.get(name));
  const word = (name: string): string => `${values.get(name)}`;
  const pages = count("perf_rb_pages");
  const ringPages = powerOfTwo(pages === 0 ? DEFAULT_RING_PAGES : pages);
  return {
    runtime: {
      printMapsOnExit: flag("print_maps_on_exit"),
      maxMapKeys: count("max_map_keys"),
      stackMode: oneOf(word("stack_mode"), ["bpftrace", "perf", "raw", "build_id"], "bpftrace"),
      cppDemangle: flag("cpp_demangle"),
      lazySymbolication: flag("lazy_symbolication"),
      showDebugInfo: flag("show_debug_info"),
      maxStrlen: count("max_strlen"),
      maxCatBytes: count("max_cat_bytes"),
      strTruncTrailer: word("str_trunc_trailer"),
      missingProbes: oneOf(word("missing_probes"), ["ignore", "warn", "error"], "error"),
    },
    onStackLimit: count("on_stack_limit"),
    maxStrlen: count("max_strlen"),
    maxMapKeys: count("max_map_keys"),
    perfRbPages: ringPages,
    userSymbolCache: oneOf(word("cache_user_symbols"), ["PER_PID", "PER_PROGRAM", "NONE"], "PER_PID"),
    maxProbes: count("max_probes"),
    maxPrograms: count("max_bpf_progs"),
    license: word("license"),
    variables: new Map(values).set("perf_rb_pages", ringPages),
  };
}

function powerOfTwo(pages: number): number {
  let power = 1;
  while (power < pages) power *= 2;
  return power;
}

function oneOf<T extends string>(text: string, words: readonly T[], fallback: T): T {
  return words.find((word) => word === text) ?? fallback;
}

function setFromScript(entry: ConfigEntry, values: Map<string, Value>, log: Log): void {
  const written = configName(entry.name);
  const renamed = Object.hasOwn(renamedConfig, written) ? renamedConfig[written] : undefined;
  const variable = findConfig(renamed ?? written);
  if (variable === undefined || variable.environmentOnly === true) return reportUnknown(entry, log);
  if (variable.deprecated === true) {
    log.warning("TB2007", entry.span, `${entry.name} is deprecated and has no effect`);
    return;
  }
  const value = fromEntry(variable, entry);
  if (typeof value === "object") {
    log.error("TB3016", entry.span, explained(variable, renamed ?? entry.name, value));
    return;
  }
  values.set(variable.name, value);
  if (renamed !== undefined) {
    log.warning("TB2007", entry.span, `${entry.name} has been renamed, please use ${renamed}`);
  }
}

function reportUnknown(entry: ConfigEntry, log: Log): void {
  const name = configName(entry.name);
  if (environmentOnly.includes(name) || findConfig(name)?.environmentOnly === true) {
    log.error("TB2007", entry.span, `${entry.name}: can only be set as an environment variable`);
    return;
  }
  const names = configVariables.filter(({ deprecated }) => deprecated !== true).map((each) => each.name);
  const hint = didYouMean(name, names);
  log.error("TB2007", entry.span, `${entry.name}: not a known configuration option`, hint);
}

/** A value that does not fit, and what the variable takes. */
interface Invalid {
  readonly invalid: string;
}

/** bpftrace names the variable before all of these but one. */
function explained({ value }: ConfigVariable, name: string, { invalid }: Invalid): string {
  return value.kind === "word" && value.exact === true && invalid.includes("Found:")
    ? invalid
    : `${name}: ${invalid}`;
}

function fromEntry(variable: ConfigVariable, entry: ConfigEntry): Value | Invalid {
  const { value } = variable;
  // In 0.26 any number but 0 is true, and true is the number 1.
  if (value.kind === "bool" && typeof entry.value === "bigint") return entry.value !== 0n;
  if (value.kind === "integer" && typeof entry.value === "boolean") return Number(entry.value);
  return fromText(variable, `${entry.value}`);
}

const TRUE = /^(?:1|true|on|yes)$/i;
const FALSE = /^(?:0|false|off|no)$/i;

function fromText({ value }: ConfigVariable, text: string): Value | Invalid {
  switch (value.kind) {
    case "bool":
      if (TRUE.test(text)) return true;
      if (FALSE.test(text)) return false;
      return { invalid: "Invalid bool value: valid values are true, false, 1 or 0." };
    case "integer": {
      if (!/^(?:\d+|0x[0-9a-f]+)$/i.test(text)) return { invalid: `expecting a number, got ${text}` };
      const number = Number(text);
      const { least = 0, greatest = Number.MAX_SAFE_INTEGER } = value;
      if (number < least) return { invalid: `expecting a number of at least ${least}, got ${text}` };
      if (number > greatest) return { invalid: `expecting a number of at most ${greatest}, got ${text}` };
      return number;
    }
    case "word": {
      const lower = text.toLowerCase();
      const same = (each: string): boolean =>
        value.exact === true ? each === text : each.toLowerCase() === lower;
      const found =
        value.words.find(same) ??
        (value.also !== undefined && Object.hasOwn(value.also, lower) ? value.also[lower] : undefined);
      return found ?? { invalid: value.invalid(text) };
    }
    case "text":
      return text;
  }
}
