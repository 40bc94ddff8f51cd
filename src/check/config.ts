/** The config block and the environment, validated, as values. */
import type { ConfigEntry, Script } from "../ast/ast.js";
import type { Span } from "../base/span.js";
import type { Log } from "../diag/diagnostic.js";
import { didYouMean } from "../diag/suggest.js";
import { type ConfigVariable, configName, configVariables, findConfig } from "../lang/config.js";
import type { CheckOptions } from "./context.js";
import type { TypedConfig } from "./typed-program.js";

/** Ring buffer pages when nothing is said: 4 MiB, of which only what is used becomes resident. */
const DEFAULT_RING_PAGES = 1024;

type Value = boolean | number | string;

/** Reads both; what is wrong is reported and keeps its default. */
export function checkConfig(script: Script, options: CheckOptions, log: Log): TypedConfig {
  const values = new Map<string, Value>();
  for (const variable of configVariables) values.set(variable.name, variable.value.fallback);
  for (const entry of script.config?.entries ?? []) {
    const variable = findConfig(entry.name);
    if (variable === undefined) {
      const names = configVariables.map(({ name }) => name);
      log.error(
        "TB2007",
        entry.span,
        `Unrecognized config variable: ${entry.name}`,
        didYouMean(configName(entry.name), names),
      );
      continue;
    }
    const value = fromEntry(variable, entry);
    if (value === undefined) reportValue(variable, `${entry.value}`, entry.span, log);
    else values.set(variable.name, value);
  }
  for (const [name, text] of Object.entries(options.environment ?? {})) {
    const variable = findConfig(name);
    // The environment may hold other programs' variables under our prefix: unknown ones are none of ours.
    if (variable === undefined) continue;
    const value = fromText(variable, text);
    if (value === undefined) reportValue(variable, text, undefined, log);
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

function reportValue(variable: ConfigVariable, given: string, span: Span | undefined, log: Log): void {
  const { value, name } = variable;
  const wanted =
    value.kind === "bool"
      ? "true or false"
      : value.kind === "integer"
        ? `a number${value.least === undefined ? "" : ` from ${value.least}`}${value.greatest === undefined ? "" : ` to ${value.greatest}`}`
        : value.kind === "word"
          ? `one of ${value.words.join(", ")}`
          : "text";
  log.error("TB3016", span, `Invalid value for ${name}: ${given}`, `${name} takes ${wanted}`);
}

function fromEntry(variable: ConfigVariable, entry: ConfigEntry): Value | undefined {
  const { value } = variable;
  if (value.kind === "integer") {
    return typeof entry.value === "bigint" ? fromText(variable, `${entry.value}`) : undefined;
  }
  if (value.kind === "text") return entry.spelling === "string" ? `${entry.value}` : undefined;
  return fromText(variable, `${entry.value}`);
}

function fromText(variable: ConfigVariable, text: string): Value | undefined {
  const { value } = variable;
  switch (value.kind) {
    case "bool":
      return text === "1" || text === "true" ? true : text === "0" || text === "false" ? false : undefined;
    case "integer": {
      if (!/^\d+$/.test(text)) return undefined;
      const number = Number(text);
      const fits = number >= (value.least ?? 0) && number <= (value.greatest ?? Number.MAX_SAFE_INTEGER);
      return fits ? number : undefined;
    }
    case "word":
      return value.words.find((word) => word.toLowerCase() === text.toLowerCase());
    case "text":
      return text;
  }
}
