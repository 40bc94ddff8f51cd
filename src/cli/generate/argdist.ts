/**
 * `tsbt argdist -H|-C SPEC ...`: the script that counts values, or makes histograms of them.
 *
 *   EVENT[(SIGNATURE)]:TYPE[,TYPE...]:EXPRESSION[,EXPRESSION...][:FILTER][#LABEL]
 *
 * as in bcc, but expressions are the language's own: arg0 is the first argument. A type `char *` reads a string;
 * without expression, `EVENT()` counts hits, and a return event (`r:`) takes what was returned. In a return event
 * `$entry(EXPRESSION)` is what the expression was at the function's entry, `$latency` the nanoseconds since.
 */
import { UserError } from "../load-source.js";
import { closing, readSignature, type Signature, translate, typed } from "./expressions.js";
import { type EventSpec, parseEventSpec } from "./probe-spec.js";
import { predicate, printing, splitOutside } from "./script-text.js";

export interface ArgdistOptions {
  readonly pid?: number;
  readonly tid?: number;
  /** Seconds between prints; 1 unless told. */
  readonly interval?: number;
  /** Number of prints. */
  readonly count?: number;
  readonly duration?: number;
  readonly top?: number;
  /** Prints go on counting. */
  readonly cumulative?: boolean;
  /** Bytes of texts; the language's default without. */
  readonly stringSize?: number;
  /** Headers to include. */
  readonly include?: readonly string[];
}

export interface Collector {
  readonly kind: "histogram" | "count";
  readonly spec: string;
}

interface Parsed {
  readonly event: string;
  readonly signature: Signature;
  readonly expressions: readonly string[];
  readonly filter: string;
  readonly label: string;
}

function fail(text: string, reason: string): UserError {
  return new UserError(
    `'${text}' cannot be collected: ${reason}`,
    "TB6020",
    "write EVENT(SIGNATURE):TYPE:EXPRESSION[:FILTER][#LABEL]: p::vfs_read():u64:arg2",
  );
}

/** Takes a request apart; throws a UserError that shows the form. */
function parseArgdistSpec(text: string, textSize?: number): Parsed {
  const label = /#([^#"]*)$/.exec(text)?.[1];
  const body = label === undefined ? text : text.slice(0, text.lastIndexOf("#"));
  const signature = body.indexOf("(");
  const name = signature < 0 ? body : body.slice(0, signature);
  if (signature < 0) {
    if (/^[^:]*:[^:]*:[^:]*:/.test(body)) throw fail(text, "the function's name is followed by ()");
    return { event: name, signature: new Map(), expressions: [], filter: "", label: label ?? name };
  }
  const end = body.indexOf(")", signature);
  if (end < 0) throw fail(text, "the signature's bracket is not closed");
  const rest = body.slice(end + 1);
  if (rest !== "" && !rest.startsWith(":")) throw fail(text, `expected : at '${rest}'`);
  const [types = "", values = "", ...filter] = rest === "" ? [] : splitOutside(rest.slice(1), ":");
  const typeList = types === "" ? [] : splitOutside(types, ",");
  const valueList = values === "" ? [] : splitOutside(values, ",");
  if (valueList.length > 0 && typeList.length !== valueList.length) {
    throw fail(text, `it has ${typeList.length} types for ${valueList.length} expressions`);
  }
  const names = readSignature(body.slice(signature + 1, end));
  return {
    event: name,
    signature: names,
    expressions: valueList.map((value, index) =>
      typed(translate(value, names), typeList[index] ?? "u64", textSize),
    ),
    filter: translate(filter.join(":"), names),
    label: label ?? [name.split(":").at(-1), ...valueList].join(" "),
  };
}

export function argdistScript(collectors: readonly Collector[], options: ArgdistOptions): string {
  const maps: string[] = [];
  const scratch: string[] = [];
  const probes = collectors.map((collector, index) => {
    const parsed = parseArgdistSpec(collector.spec, options.stringSize);
    const map = `@${mapName(parsed.label, index, maps)}`;
    maps.push(map);
    const calls = /\$(?:entry\(|latency\b)/.test(collector.spec) ? `@entry_${index}` : undefined;
    if (calls === undefined) return oneProbe(collector, parsed, map, options);
    scratch.push(calls);
    return callProbes(collector, parsed, map, calls, options);
  });
  const includes = (options.include ?? []).map((header) => `#include <${header}>\n`).join("");
  return `${includes}${probes.join("\n")}${printing(maps, { interval: 1, ...options }, options.top, scratch)}`;
}

const chosen = ({ pid, tid }: ArgdistOptions): (string | undefined)[] => [
  pid === undefined ? undefined : `pid == ${pid}`,
  tid === undefined ? undefined : `tid == ${tid}`,
];

/** What is collected: what was returned, where a return event names nothing. */
const valuesOf = (event: EventSpec, parsed: Parsed): readonly string[] =>
  parsed.expressions.length > 0 || event.kind === "entry" ? parsed.expressions : ["retval"];

function oneProbe({ kind, spec }: Collector, parsed: Parsed, map: string, options: ArgdistOptions): string {
  const event = parseEventSpec(parsed.event);
  const where = predicate([...chosen(options), parsed.filter]);
  return `${event.attachPoint}${where}\n{\n  ${statement(kind, map, valuesOf(event, parsed), spec)}\n}\n`;
}

/** A return event that asks for its entry: a probe there keeps the time, and the values, by thread. */
function callProbes(
  { kind, spec }: Collector,
  parsed: Parsed,
  map: string,
  calls: string,
  options: ArgdistOptions,
): string {
  const event = parseEventSpec(parsed.event);
  if (event.kind !== "return" || event.entry === undefined)
    throw fail(spec, "$entry and $latency are known where a function returns: r::NAME");
  const kept = ["nsecs"];
  const fromEntry = (text: string): string =>
    entryValues(text, kept).replaceAll("$latency", "(nsecs - $call.0)");
  const values = valuesOf(event, parsed).map(fromEntry);
  const filter = fromEntry(parsed.filter);
  const collect = statement(kind, map, values, spec);
  const body = filter === "" ? `  ${collect}\n` : `  if (${filter}) {\n    ${collect}\n  }\n`;
  // A lone value would be no tuple.
  const entry = kept.length === 1 ? "(nsecs, 0)" : `(${kept.join(", ")})`;
  return (
    `${event.entry}${predicate(chosen(options))}\n{\n  ${calls}[tid] = ${entry};\n}\n\n` +
    `${event.attachPoint} /has_key(${calls}, tid)/\n{\n  $call = ${calls}[tid];\n  delete(${calls}, tid);\n${body}}\n`
  );
}

/** `$entry(x)` as the part of `$call` that it is kept in; `kept` grows by x. */
function entryValues(text: string, kept: string[]): string {
  const at = text.indexOf("$entry(");
  if (at < 0) return text;
  const open = at + "$entry".length;
  const end = closing(text, open) ?? text.length;
  const value = text.slice(open + 1, end);
  const known = kept.indexOf(value);
  const place = known > 0 ? known : kept.push(value) - 1;
  return `${text.slice(0, at)}$call.${place}${entryValues(text.slice(end + 1), kept)}`;
}

/** A label as a map's name: its letters, made unique. */
function mapName(label: string, index: number, taken: readonly string[]): string {
  const name = label.replace(/[^A-Za-z0-9]+/g, "_").replace(/^_+|_+$/g, "");
  const proper = /^[A-Za-z]/.test(name) ? name : `values_${name}`;
  return taken.includes(`@${proper}`) ? `${proper}_${index}` : proper;
}

function statement(kind: Collector["kind"], map: string, values: readonly string[], spec: string): string {
  if (kind === "count")
    return values.length === 0 ? `${map} = count();` : `${map}[${values.join(", ")}] = count();`;
  const value = values.at(-1);
  if (value === undefined) throw fail(spec, "a histogram needs an expression");
  const keys = values.slice(0, -1);
  return `${map}${keys.length === 0 ? "" : `[${keys.join(", ")}]`} = hist(${value});`;
}
