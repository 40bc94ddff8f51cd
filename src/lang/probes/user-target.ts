/** Which programs the probes on user code mean, and what is said when there is none. */
import type { AttachPoint } from "../../ast/ast.js";
import type { UserBinary } from "../../binary/user-binary.js";
import type { UserSymbol } from "../../binary/symbols.js";
import type { DiagnosticCode } from "../../diag/codes.js";
import { didYouMean } from "../../diag/suggest.js";
import type { ManifestUserLocation } from "../../object/manifest.js";
import type { AttachTo, ProviderContext } from "../provider.js";
import { hasWildcard } from "./wildcard.js";

/** Programs a target names; reports when there is none. `*`: whatever is running. */
export function programsOf(
  provider: string,
  target: string,
  point: AttachPoint,
  context: ProviderContext,
): readonly UserBinary[] {
  const { binaries, pid, unsafe } = context;
  if (target === "*") return binaries?.mapped(pid) ?? [];
  const found = binaries?.find(target, { pid, unsafe }) ?? [];
  const [first] = found;
  if (first === undefined) {
    const message = `${provider} target file '${target}' does not exist or is not executable`;
    context.error("TB4008", message, point.span);
    return [];
  }
  // As a shell would: the first in PATH.
  return hasWildcard(target) ? found : [first];
}

/** Nothing of that name: what config variable missing_probes says decides. */
export function reportMissing(
  code: DiagnosticCode,
  what: string,
  point: AttachPoint,
  context: ProviderContext,
  hint?: string,
): void {
  const message = `No matches for ${what}`;
  if (context.missingProbes === "warn") context.warn(code, `${message}. Skipping.`, point.span);
  else if (context.missingProbes === "error") context.error(code, `${message}.`, point.span, hint);
}

/** The nearest names of functions; programs with very many are not searched. */
export function nearestFunction(name: string, binary: UserBinary | undefined): string | undefined {
  const functions: readonly UserSymbol[] = binary?.functions() ?? [];
  return functions.length > 100_000
    ? undefined
    : didYouMean(
        name,
        functions.map((each) => each.name),
      );
}

export function attachToUser(
  binary: UserBinary,
  locations: readonly ManifestUserLocation[],
  isReturn: boolean,
  context: ProviderContext,
): AttachTo {
  return { kind: "uprobe", path: binary.file, locations, return: isReturn, pid: watchedPid(context) };
}

/** As the manifest says whom a user probe watches. */
export function watchedPid(context: ProviderContext): number {
  return context.pid ?? (context.hasCommand ? -1 : 0);
}

export function location(fileOffset: number): ManifestUserLocation {
  return { fileOffset: `${fileOffset}`, semaphoreOffset: "0", cookie: "" };
}
