/**
 * `tsbt argdist -H|-C SPEC ...`: the script that counts values, or makes histograms of them.
 *
 *   EVENT[(SIGNATURE)]:TYPE[,TYPE...]:EXPRESSION[,EXPRESSION...][:FILTER][#LABEL]
 *
 * as in bcc, but expressions are the language's own: arg0 is the first argument. A type `char *` reads a string;
 * without expression, `EVENT()` counts hits, and a return event (`r:`) takes what was returned.
 */
import { UserError } from "../load-source.js";
import { parseEventSpec } from "./probe-spec.js";
import { predicate, printing, splitOutside, translate } from "./script-text.js";

export interface ArgdistOptions {
  readonly pid?: number;
  /** Seconds between prints; 1 unless told. */
  readonly interval?: number;
  /** Number of prints. */
  readonly count?: number;
  readonly duration?: number;
  readonly top?: number;
}

export interface Collector {
  readonly kind: "histogram" | "count";
  readonly spec: string;
}

interface Parsed {
  readonly event: string;
  readonly expressions: readonly string[];
  readonly filter: string;
  readonly label: string;
}

/** C names of types, as the language spells them; any other is taken as it stands. */
const TYPES: Readonly<Record<string, string>> = {
  u8: "uint8",
  u16: "uint16",
  u32: "uint32",
  u64: "uint64",
  s8: "int8",
  s16: "int16",
  s32: "int32",
  s64: "int64",
  int: "int32",
  "unsigned int": "uint32",
  long: "int64",
  "unsigned long": "uint64",
  size_t: "uint64",
  ssize_t: "int64",
  short: "int16",
  char: "int8",
};

function fail(text: string, reason: string): UserError {
  return new UserError(
    `'${text}' cannot be collected: ${reason}`,
    "TB6020",
    "write EVENT(SIGNATURE):TYPE:EXPRESSION[:FILTER][#LABEL]: p::vfs_read():u64:arg2",
  );
}

/** An expression read as its type says. */
function typed(expression: string, type: string | undefined): string {
  if (type === undefined) return expression;
  const plain = type
    .replace(/\bconst\b/g, "")
    .replace(/\s+/g, " ")
    .trim();
  if (/^char ?\*$/.test(plain)) return `str(${expression})`;
  return `(${TYPES[plain] ?? plain})${/^\w+$/.test(expression) ? expression : `(${expression})`}`;
}

/** Takes a request apart; throws a UserError that shows the form. */
export function parseArgdistSpec(text: string): Parsed {
  const label = /#([^#"]*)$/.exec(text)?.[1];
  const body = label === undefined ? text : text.slice(0, text.lastIndexOf("#"));
  const signature = body.indexOf("(");
  const name = signature < 0 ? body : body.slice(0, signature);
  if (signature < 0) {
    if (/^[^:]*:[^:]*:[^:]*:/.test(body)) throw fail(text, "the function's name is followed by ()");
    return { event: name, expressions: [], filter: "", label: label ?? name };
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
  return {
    event: name,
    expressions: valueList.map((value, index) => typed(translate(value), typeList[index])),
    filter: translate(filter.join(":")),
    label: label ?? [name.split(":").at(-1), ...valueList].join(" "),
  };
}

export function argdistScript(collectors: readonly Collector[], options: ArgdistOptions): string {
  const maps: string[] = [];
  const probes = collectors.map(({ kind, spec }, index) => {
    const parsed = parseArgdistSpec(spec);
    const event = parseEventSpec(parsed.event);
    const map = `@${mapName(parsed.label, index, maps)}`;
    maps.push(map);
    const values = parsed.expressions.length > 0 || event.kind === "entry" ? parsed.expressions : ["retval"];
    const where = predicate([options.pid === undefined ? undefined : `pid == ${options.pid}`, parsed.filter]);
    return `${event.attachPoint}${where}\n{\n  ${statement(kind, map, values, spec)}\n}\n`;
  });
  return `${probes.join("\n")}${printing(maps, { interval: 1, ...options }, options.top)}`;
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
