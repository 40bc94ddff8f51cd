/** How attach points on kernel functions read, and which functions they mean. */
import type { AttachPoint } from "../../ast/ast.js";
import { didYouMean } from "../../diag/suggest.js";
import type { ProviderContext } from "../provider.js";
import { hasWildcard, wildcard } from "./wildcard.js";

export interface FunctionPoint {
  /** "" when the script names none. */
  readonly module: string;
  readonly function: string;
  readonly offset: number;
  /** Instead of a function: where it is in memory. */
  readonly address: bigint | undefined;
}

const NUMBER = /^(0x[0-9a-f]+|\d+)$/i;

/** `fn`, `module:fn`, `fn+offset`, an address; reports what is neither. */
export function parseFunctionPoint(point: AttachPoint, context: ProviderContext): FunctionPoint | undefined {
  const texts = point.parts.map((part) => part.text);
  if (texts.length < 1 || texts.length > 2 || texts.some((text) => text === "")) {
    return context.error(
      "TB4002",
      `${point.provider} is written ${point.provider}:[MODULE:]FUNCTION`,
      point.span,
    );
  }
  const last = texts.at(-1) ?? "";
  const module = texts.length === 2 ? (texts[0] ?? "") : "";
  if (NUMBER.test(last)) return { module, function: "", offset: 0, address: BigInt(last) };
  const split = /^(.*?)\+(0x[0-9a-f]+|\d+)$/i.exec(last);
  return {
    module,
    function: split?.[1] ?? last,
    offset: split?.[2] === undefined ? 0 : Number(split[2]),
    address: undefined,
  };
}

/** A function, and the module it is probed in; "" when the script names none and it does not matter. */
export interface FoundFunction {
  readonly module: string;
  readonly function: string;
}

export function isPattern(named: FunctionPoint): boolean {
  return hasWildcard(named.function) || hasWildcard(named.module);
}

/** Every traceable function a pattern means; functions of several modules once a module. */
export function* matchingFunctions(
  named: FunctionPoint,
  context: ProviderContext,
  names: Iterable<string> = context.target.functions().names,
): Generator<FoundFunction> {
  const functions = context.target.functions();
  const matches = wildcard(named.function);
  const inModule = wildcard(named.module);
  for (const name of names) {
    // Parts that the compiler split off are no functions of their own.
    if (!matches(name) || name.includes(".part.")) continue;
    if (named.module === "") {
      yield { module: "", function: name };
      continue;
    }
    for (const module of functions.modulesOf(name)) if (inModule(module)) yield { module, function: name };
  }
}

/** `module:fn` as the script wrote it. */
export function pointText(named: FunctionPoint): string {
  return named.module === "" ? named.function : `${named.module}:${named.function}`;
}

export function nearFunctions(named: FunctionPoint, context: ProviderContext): string | undefined {
  return didYouMean(named.function, context.target.functions().names);
}
