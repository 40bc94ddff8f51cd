/** Which definition of a macro a call means. */
import type { Expression, Identifier, MacroDefinition, MapRef, TypeName, Variable } from "../ast/ast.js";
import type { Span } from "../base/span.js";
import type { Diagnostic } from "../diag/diagnostic.js";

export type Argument = Expression | TypeName;
export type Parameter = Variable | MapRef | Identifier;

/** Definitions of one name differ in the number of parameters, or in what kind each is. */
export function sameSignature(a: MacroDefinition, b: MacroDefinition): boolean {
  return (
    a.params.length === b.params.length &&
    a.params.every((param, index) => param.kind === b.params[index]?.kind)
  );
}

function accepts(param: Parameter, arg: Argument | undefined): boolean {
  if (param.kind === "identifier") return true;
  if (param.kind === "variable") return arg?.kind === "variable";
  return arg?.kind === "map" && arg.keys === undefined;
}

/** Of those that fit, the one with the most parameters that name a variable or a map. */
export function bestMatch(
  macros: readonly MacroDefinition[],
  args: readonly Argument[],
): MacroDefinition | undefined {
  const fitting = macros.filter(
    ({ params }) =>
      params.length === args.length && params.every((param, index) => accepts(param, args[index])),
  );
  const special = ({ params }: MacroDefinition): number =>
    params.filter((param) => param.kind !== "identifier").length;
  return fitting.reduce<MacroDefinition | undefined>(
    (best, macro) => (best === undefined || special(macro) > special(best) ? macro : best),
    undefined,
  );
}

/** What is wrong with a call that no definition fits, told by the one that comes closest. */
export function mismatch(
  name: string,
  macros: readonly MacroDefinition[],
  args: readonly Argument[],
  span: Span,
): Diagnostic {
  const distance = ({ params }: MacroDefinition): number => Math.abs(params.length - args.length);
  const closest = macros.reduce<MacroDefinition | undefined>(
    (best, macro) => (best === undefined || distance(macro) < distance(best) ? macro : best),
    undefined,
  );
  return {
    code: "TB2009",
    severity: "error",
    span,
    message: `Call to ${name}() has arguments that do not match any definition.`,
    related: closest === undefined ? [] : relatedTo(closest, args),
  };
}

function relatedTo(macro: MacroDefinition, args: readonly Argument[]): NonNullable<Diagnostic["related"]> {
  const { name, params } = macro;
  if (params.length !== args.length) {
    const counts = `Expected: ${params.length} but got ${args.length}`;
    return [
      {
        span: macro.span,
        message: `The closest definition of ${name}() has a different number of arguments. ${counts}`,
      },
    ];
  }
  return params.flatMap((param, index) => {
    const arg = args[index];
    if (arg === undefined || accepts(param, arg)) return [];
    const wanted = param.kind === "map" ? "map" : "variable";
    const given =
      arg.kind === "variable"
        ? "a variable"
        : arg.kind === "map" && arg.keys === undefined
          ? "a map"
          : "an expression";
    return [
      {
        span: arg.span,
        message: `Mismatched arg. ${name}() expects a ${wanted} for arg ${param.name} but got ${given}.`,
      },
      { span: param.span, message: "This is the argument in the closest definition." },
    ];
  });
}
