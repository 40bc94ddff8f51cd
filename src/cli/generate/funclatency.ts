/** `tsbt funclatency PATTERN`: the script that measures how long functions take, as histograms. */
import { UserError } from "../load-source.js";
import { parseEventSpec } from "./probe-spec.js";
import { predicate, printing, quote } from "./script-text.js";

export type LatencyUnit = "ns" | "us" | "ms";

export interface FunclatencyOptions {
  readonly pid?: number;
  readonly interval?: number;
  readonly duration?: number;
  readonly unit?: LatencyUnit;
}

const divisors: Readonly<Record<LatencyUnit, number>> = { ns: 1, us: 1000, ms: 1_000_000 };

/** The return of a function, by its entry: `kprobe:vfs_read`, `uprobe:c:malloc`. */
function returnOf(attachPoint: string, pattern: string): string {
  if (!/^[ku]probe:/.test(attachPoint)) {
    throw new UserError(
      `'${pattern}' is no function: only functions have a beginning and an end`,
      "TB6020",
      "write vfs_read (a kernel function) or c:malloc (a function of libc)",
    );
  }
  return attachPoint.replace("probe:", "retprobe:");
}

export function funclatencyScript(pattern: string, options: FunclatencyOptions): string {
  const { attachPoint } = parseEventSpec(pattern);
  const returns = returnOf(attachPoint, pattern);
  const unit = options.unit ?? "us";
  const where = predicate([options.pid === undefined ? undefined : `pid == ${options.pid}`]);
  // A thread's calls end in the reverse order of their beginning: the depth tells whose end it is.
  return (
    `begin\n{\n  printf("Tracing the time of %s in ${unit}... Hit Ctrl-C to end.\\n", ${quote(attachPoint)});\n}\n\n` +
    `${attachPoint}${where}\n{\n  @depth[tid]++;\n  @call[tid, @depth[tid]] = (nsecs, func);\n}\n\n` +
    `${returns}${predicate(["@depth[tid] > 0"])}\n{\n  $call = @call[tid, @depth[tid]];\n` +
    `  @${unit}[$call.1] = hist((nsecs - $call.0) / ${divisors[unit]});\n` +
    "  delete(@call, (tid, @depth[tid]));\n  @depth[tid]--;\n  if (@depth[tid] == 0) { delete(@depth, tid); }\n}\n" +
    printing([`@${unit}`], options, undefined).replace(/\}\n$/, "  clear(@call);\n  clear(@depth);\n}\n")
  );
}
