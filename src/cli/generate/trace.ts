/**
 * `tsbt trace 'EVENT [(FILTER)] ["FORMAT", VALUE, ...]' ...`: the script that prints a line for each event.
 * Values are expressions of the language: arg0 is the first argument, retval (bcc's $retval too) what returned.
 */
import { UserError } from "../load-source.js";
import { parseEventSpec } from "./probe-spec.js";
import { predicate, splitOutside, translate } from "./script-text.js";

export interface TraceOptions {
  readonly pid?: number;
  readonly tid?: number;
  /** Only commands of this name. */
  readonly name?: string;
  readonly maxEvents?: number;
  readonly timestamp?: boolean;
  readonly kernelStack?: boolean;
  readonly userStack?: boolean;
}

interface TraceRequest {
  readonly event: string;
  readonly filter: string;
  /** With its quotes; "" without one. */
  readonly format: string;
  readonly values: readonly string[];
}

/** Takes a request apart; throws a UserError that shows the form. */
export function parseTraceRequest(text: string): TraceRequest {
  const found = /^\s*(?<event>[^\s("]+)(?:\([^)]*\))?\s*(?<rest>.*)$/s.exec(text)?.groups;
  const event = found?.event ?? "";
  let rest = found?.rest ?? "";
  const fail = (reason: string): UserError =>
    new UserError(
      `'${text}' cannot be traced: ${reason}`,
      "TB6020",
      `write EVENT [(FILTER)] ["FORMAT", VALUE, ...]: do_sys_openat2 "%s", str(arg1)`,
    );
  if (event === "") throw fail("it names no event");
  let filter = "";
  if (rest.startsWith("(")) {
    const end = closing(rest);
    if (end === undefined) throw fail("the filter's bracket is not closed");
    filter = rest.slice(1, end);
    rest = rest.slice(end + 1).trim();
  }
  const [format = "", ...values] = splitOutside(rest, ",");
  if (format !== "" && !/^"(?:[^"\\]|\\.)*"$/s.test(format)) throw fail(`expected "FORMAT" at '${format}'`);
  return { event, filter: translate(filter), format, values: values.map(translate) };
}

/** Index of the bracket that closes the one at 0. */
function closing(text: string): number | undefined {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "(") depth++;
    else if (text[at] === ")" && --depth === 0) return at;
  }
  return undefined;
}

export function traceScript(requests: readonly string[], options: TraceOptions): string {
  const time = options.timestamp === true ? { title: "%-15s ", value: '"TIME", ' } : undefined;
  const head = `begin\n{\n  printf("${time?.title ?? ""}%-7s %-7s %-15s %-16s %s\\n", ${time?.value ?? ""}"PID", "TID", "COMM", "FUNC", "-");\n}\n`;
  return head + requests.map((text) => oneProbe(parseTraceRequest(text), options)).join("");
}

function oneProbe(request: TraceRequest, options: TraceOptions): string {
  const spec = parseEventSpec(request.event);
  const conditions = [
    options.pid === undefined ? undefined : `pid == ${options.pid}`,
    options.tid === undefined ? undefined : `tid == ${options.tid}`,
    options.name === undefined ? undefined : `comm == ${JSON.stringify(options.name)}`,
    request.filter,
  ];
  const format = request.format === "" ? "" : request.format.slice(1, -1);
  const stamp =
    options.timestamp === true ? { format: "%-15s ", value: 'strftime("%H:%M:%S.%f", nsecs), ' } : undefined;
  const stacks = [
    ...(options.kernelStack === true ? ["kstack"] : []),
    ...(options.userStack === true ? ["ustack"] : []),
  ];
  const values = [`${stamp?.value ?? ""}pid`, "tid", "comm", spec.label, ...request.values, ...stacks];
  const line = `"${stamp?.format ?? ""}%-7d %-7d %-15s %-16s ${format}\\n${"%s\\n".repeat(stacks.length)}"`;
  const limit =
    options.maxEvents === undefined
      ? ""
      : `  @events++;\n  if (@events >= ${options.maxEvents}) { clear(@events); exit(); }\n`;
  return `\n${spec.attachPoint}${predicate(conditions)}\n{\n  printf(${line}, ${values.join(", ")});\n${limit}}\n`;
}
