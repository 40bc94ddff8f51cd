/**
 * `tsbt trace 'EVENT[(SIGNATURE)] [(FILTER)] ["FORMAT", VALUE, ...]' ...`: the script that prints a line for each event.
 * Values are expressions of the language: arg0 is the first argument, retval (bcc's $retval too) what returned. What a
 * `%s` is given as a bare argument is the text it points to; `%K` and `%U` are names of kernel and user addresses.
 */
import { UserError } from "../load-source.js";
import { asText, closing, isAddress, readSignature, type Signature, translate } from "./expressions.js";
import { parseEventSpec } from "./probe-spec.js";
import { predicate, quote, splitOutside } from "./script-text.js";

export interface TraceOptions {
  readonly pid?: number;
  readonly tid?: number;
  /** Only commands of this name. */
  readonly name?: string;
  readonly maxEvents?: number;
  /** Seconds since tracing began. */
  readonly timestamp?: boolean;
  /** Time of day. */
  readonly time?: boolean;
  readonly printCpu?: boolean;
  readonly kernelStack?: boolean;
  readonly userStack?: boolean;
  /** Bytes of texts; the language's default without. */
  readonly stringSize?: number;
  /** Headers to include. */
  readonly include?: readonly string[];
}

interface TraceRequest {
  readonly event: string;
  readonly signature: Signature;
  readonly filter: string;
  /** With its quotes; "" without one. */
  readonly format: string;
  /** As written. */
  readonly values: readonly string[];
}

function failure(text: string, reason: string): UserError {
  return new UserError(
    `'${text}' cannot be traced: ${reason}`,
    "TB6020",
    `write EVENT [(FILTER)] ["FORMAT", VALUE, ...]: do_sys_openat2 "%s", str(arg1)`,
  );
}

/** Takes a request apart; throws a UserError that shows the form. */
function parseTraceRequest(text: string): TraceRequest {
  const found = /^\s*(?<event>[^\s("]+)(?:\((?<signature>[^)]*)\))?\s*(?<rest>.*)$/s.exec(text)?.groups;
  const event = found?.event ?? "";
  let rest = found?.rest ?? "";
  if (event === "") throw failure(text, "it names no event");
  let filter = "";
  if (rest.startsWith("(")) {
    const end = closing(rest);
    if (end === undefined) throw failure(text, "the filter's bracket is not closed");
    filter = rest.slice(1, end);
    rest = rest.slice(end + 1).trim();
  }
  const [format = "", ...values] = splitOutside(rest, ",");
  if (format !== "" && !/^"(?:[^"\\]|\\.)*"$/s.test(format))
    throw failure(text, `expected "FORMAT" at '${format}'`);
  const signature = readSignature(found?.signature ?? "");
  return { event, signature, filter: translate(filter, signature), format, values };
}

interface Column {
  readonly title: string;
  /** Of the title. */
  readonly width: number;
  readonly format: string;
  readonly value: string;
}

/** The columns in front of what is asked for. */
function columns(options: TraceOptions, label: string): Column[] {
  const all: readonly (Column | false)[] = [
    options.time === true && {
      title: "TIME",
      width: 15,
      format: "%-15s",
      value: 'strftime("%H:%M:%S.%f", nsecs)',
    },
    options.timestamp === true && {
      title: "TIME(s)",
      width: 12,
      format: "%5d.%06d",
      value: "elapsed / 1000000000, elapsed / 1000 % 1000000",
    },
    options.printCpu === true && { title: "CPU", width: 3, format: "%-3d", value: "cpu" },
    { title: "PID", width: 7, format: "%-7d", value: "pid" },
    { title: "TID", width: 7, format: "%-7d", value: "tid" },
    { title: "COMM", width: 15, format: "%-15s", value: "comm" },
    { title: "FUNC", width: 16, format: "%-16s", value: label },
  ];
  return all.filter((column) => column !== false);
}

export function traceScript(requests: readonly string[], options: TraceOptions): string {
  const includes = (options.include ?? []).map((header) => `#include <${header}>\n`).join("");
  const head = columns(options, "");
  const format = head.map(({ width }) => `%-${width}s `).join("");
  const titles = head.map(({ title }) => quote(title)).join(", ");
  const begin = `begin\n{\n  printf("${format}%s\\n", ${titles}, "-");\n}\n`;
  return includes + begin + requests.map((text) => oneProbe(text, parseTraceRequest(text), options)).join("");
}

/** The format and its values in the language's terms. */
function message(
  text: string,
  request: TraceRequest,
  options: TraceOptions,
): { format: string; values: string[] } {
  const conversions: string[] = [];
  const format = request.format
    .slice(1, -1)
    .replace(/%%|%[-+ #0]*\d*(?:\.\d+)?(?:hh?|ll?|z|j)?[a-zA-Z]/g, (found) => {
      if (found === "%%") return found;
      const kind = found.at(-1) ?? "";
      conversions.push(kind);
      return kind === "K" || kind === "U" ? `${found.slice(0, -1)}s` : found;
    });
  if (conversions.length !== request.values.length) {
    const values = `${request.values.length} ${request.values.length === 1 ? "value" : "values"}`;
    throw failure(text, `its format has ${conversions.length} conversions for ${values}`);
  }
  const values = request.values.map((value, index) => {
    const own = translate(value, request.signature);
    switch (conversions[index]) {
      case "s":
        return isAddress(value, request.signature) ? asText(own, options.stringSize) : own;
      case "K":
        return `ksym(${own})`;
      case "U":
        return `usym(${own})`;
      default:
        return own;
    }
  });
  return { format, values };
}

function oneProbe(text: string, request: TraceRequest, options: TraceOptions): string {
  const spec = parseEventSpec(request.event);
  const conditions = [
    options.pid === undefined ? undefined : `pid == ${options.pid}`,
    options.tid === undefined ? undefined : `tid == ${options.tid}`,
    options.name === undefined ? undefined : `comm == ${quote(options.name)}`,
    request.filter,
  ];
  const { format, values } = message(text, request, options);
  const stacks = [
    ...(options.kernelStack === true ? ["kstack"] : []),
    ...(options.userStack === true ? ["ustack"] : []),
  ];
  const head = columns(options, spec.label);
  const all = [...head.map(({ value }) => value), ...values, ...stacks].join(", ");
  const line = `"${head.map((column) => `${column.format} `).join("")}${format}\\n${"%s\\n".repeat(stacks.length)}"`;
  const limit =
    options.maxEvents === undefined
      ? ""
      : `  @events++;\n  if (@events >= ${options.maxEvents}) { clear(@events); exit(); }\n`;
  return `\n${spec.attachPoint}${predicate(conditions)}\n{\n  printf(${line}, ${all});\n${limit}}\n`;
}
