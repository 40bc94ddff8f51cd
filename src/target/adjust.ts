/** A target as the command line wants it: with another list of functions, other tracepoints, or fewer features. */
import { kernelFunctions } from "./functions.js";
import type { Target, TargetFeatures } from "./target.js";

/** `text`: lines as available_filter_functions has them; none at all means that nothing can be traced. */
export function withFunctions(target: Target, text: string): Target {
  const functions = kernelFunctions(
    () => text,
    () => [],
    () => false,
  );
  return { ...target, functions: () => functions };
}

export function withoutFeatures(target: Target, without: readonly (keyof TargetFeatures)[]): Target {
  const off = Object.fromEntries(without.map((name) => [name, false]));
  return { ...target, features: { ...target.features, ...off } };
}

/** `target`, but for the events and their records, which are those of `other`. */
export function withTracepointsOf(target: Target, other: Target): Target {
  // Not copied: what is worked out when it is asked for stays so.
  return Object.create(target, {
    tracepointFormat: { value: other.tracepointFormat, enumerable: true },
    listTracepoints: { value: other.listTracepoints, enumerable: true },
  }) as Target;
}
