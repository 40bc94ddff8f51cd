/** `tsbt funccount PATTERN`: the script that counts how often functions, tracepoints or USDT probes are hit. */
import { parseEventSpec } from "./probe-spec.js";
import { predicate, printing, quote } from "./script-text.js";

export interface FunccountOptions {
  readonly pid?: number;
  readonly cpu?: number;
  readonly interval?: number;
  readonly duration?: number;
  readonly top?: number;
}

export function funccountScript(pattern: string, options: FunccountOptions): string {
  const spec = parseEventSpec(pattern);
  const where = predicate([
    options.pid === undefined ? undefined : `pid == ${options.pid}`,
    options.cpu === undefined ? undefined : `cpu == ${options.cpu}`,
  ]);
  return (
    `begin\n{\n  printf("Counting %s... Hit Ctrl-C to end.\\n", ${quote(spec.attachPoint)});\n}\n\n` +
    `${spec.attachPoint}${where}\n{\n  @counts[${spec.label}] = count();\n}\n` +
    printing(["@counts"], options, options.top)
  );
}
