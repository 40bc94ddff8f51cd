/** A target as the command line wants it: with another list of functions, or without features it has. */
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
