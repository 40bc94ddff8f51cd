/** Scratch variables: declared, assigned. */
import type { Expression, VariableDeclaration } from "../ast/ast.js";
import type { Span } from "../base/span.js";
import type { Type } from "../types/type.js";
import { integerOf, promote, settle } from "../types/compat.js";
import { printType } from "../types/print.js";
import { spaceOf } from "./address-spaces.js";
import { type Checker, type Variable, shown } from "./checker.js";
import { coerce } from "./coerce.js";
import { constant } from "./conversion.js";
import { isZero, literalFits } from "./literals.js";
import { typeName } from "./type-names.js";
import type { TypedExpression, TypedStatement } from "./typed-program.js";

export function declaration(c: Checker, node: VariableDeclaration): TypedStatement[] {
  const { name, span } = node;
  const shownName = shown(name);
  if (c.lookUp(name) !== undefined) {
    c.error("TB2008", span, `Variable ${shownName} was already declared. Variable shadowing is not allowed.`);
    return [];
  }
  // The value is looked at before the name exists.
  const value = node.value === undefined ? undefined : variableValue(c, node.value);
  const variable = c.declare(name, node.id);
  if (node.type !== undefined) {
    const type = typeName(c, node.type, undefined, value);
    if (type === undefined) return [];
    // `let $a : string = "x"` takes its size from the value.
    const open = node.type.kind === "type_name" && type.kind === "string";
    if (type.kind === "void") {
      c.error("TB3025", span, "Invalid variable declaration type: void");
      return [];
    }
    if (open) variable.state.text = true;
    if (!open) {
      if (variable.state.type === undefined) c.env.changed = true;
      variable.state.type = type;
      variable.state.fixed = true;
    } else if (value === undefined && node.value === undefined) c.env.growVariable(variable.state, type);
  }
  if (node.value === undefined) {
    if (node.isGiven !== true) variable.empty = span;
    const { type } = variable.state;
    if (type === undefined) return [];
    // Every local starts as zero; in a loop it must become zero again.
    return c.inLoop && integerOf(type) !== undefined
      ? [{ kind: "set_local", local: variable.id, value: constant(0n, settle(type), span), span }]
      : [];
  }
  if (value === undefined && c.final) variable.state.poisoned = true;
  return value === undefined ? [] : setVariable(c, variable, value, span);
}

/** What a variable may hold. */
export function variableValue(c: Checker, node: Expression): TypedExpression | undefined {
  return c.value(node, (type) => `Value '${type}' cannot be assigned to a scratch variable.`);
}

export function assignVariable(
  c: Checker,
  name: string,
  value: TypedExpression,
  span: Span,
): readonly TypedStatement[] | undefined {
  const variable = c.lookUp(name);
  if (variable === undefined) {
    return c.error(
      "TB2003",
      span,
      `Undefined or undeclared variable: ${shown(name)}`,
      `declare it first: let ${shown(name)};`,
    );
  }
  return setVariable(c, variable, value, span);
}

/** Does a string of it, also within tuples and records, need more room than the fixed type has? */
function outgrows(type: Type, fixed: Type): boolean {
  if (type.kind === "string" && fixed.kind === "string") return type.size > fixed.size;
  if (type.kind === "tuple" && fixed.kind === "tuple") {
    return type.elements.some((element, i) => {
      const room = fixed.elements[i];
      return room !== undefined && outgrows(element, room);
    });
  }
  if (type.kind !== "record" || fixed.kind !== "record") return false;
  return type.fields.some((field) => {
    const room = fixed.fields.find(({ name }) => name === field.name);
    return room !== undefined && outgrows(field.type, room.type);
  });
}

export function setVariable(
  c: Checker,
  variable: Variable,
  value: TypedExpression,
  span: Span,
): TypedStatement[] {
  const before = variable.state.type;
  const type = settle(value.type);
  variable.empty = undefined;
  const origin = spaceOf(c, value);
  if (origin === "kernel" || origin === "user") variable.state.space = origin;
  const mismatch = (): TypedStatement[] => {
    c.error(
      "TB3001",
      span,
      `Type mismatch for ${shown(variable.name)}: trying to assign value of type '${printType(type)}' when variable already has a type '${before === undefined ? "?" : printType(settle(before))}'`,
    );
    return [];
  };
  if (variable.state.text === true && type.kind !== "string") {
    c.error(
      "TB3001",
      span,
      `Type mismatch for ${shown(variable.name)}: trying to assign value of type '${printType(type)}' when variable already has a type 'string'`,
    );
    return [];
  }
  if (!c.env.growVariable(variable.state, value.type)) return mismatch();
  const own = variable.state.type;
  if (own === undefined) return [];
  if (c.final && !literalFits(c, value, own)) return mismatch();
  if (variable.state.fixed) {
    const pointers = own.kind === "pointer" && (value.type.kind === "pointer" || isZero(value));
    const integers = integerOf(own) !== undefined && integerOf(value.type) !== undefined;
    if (!pointers && !integers && promote(own, value.type) === undefined) return mismatch();
    if (outgrows(value.type, own)) return mismatch();
  }
  return [{ kind: "set_local", local: variable.id, value: coerce(c, value, own), span }];
}
