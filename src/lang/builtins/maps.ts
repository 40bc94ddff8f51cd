/** Functions on maps. */
import { boolType, voidType } from "../../types/type.js";
import type { BuiltinEntry, CallSite, MapOperand } from "../builtin.js";

/** `clear(@m)` and `zero(@m)`: the whole map. */
function whole(name: "clear" | "zero", doc: string): BuiltinEntry {
  return {
    name,
    kind: "function",
    signatures: [`void ${name}(map m)`],
    arity: [1, 1],
    doc,
    example: `begin { @[1] = 2; ${name}(@); exit(); }`,
    rule: (site) => {
      const operand = site.map(0);
      if (operand === undefined) return undefined;
      if (operand.bracketed) {
        return site.error(
          "TB3004",
          `${name}() expects a map argument`,
          operand.span,
          `name the map alone: ${name}(${operand.name})`,
        );
      }
      return site.call(voidType, { map: operand.map });
    },
  };
}

/** The key operand after the map, or in the map's own brackets. */
function keyOf(site: CallSite, operand: MapOperand) {
  if (operand.bracketed) return operand.key;
  const key = site.value(1);
  return key === undefined ? undefined : site.mapKey(operand, key);
}

export const mapFunctions: readonly BuiltinEntry[] = [
  whole("clear", "Removes all keys."),
  whole("zero", "Sets all values to zero."),
  {
    name: "delete",
    kind: "function",
    signatures: ["bool delete(map m, key k)", "bool delete(map m)"],
    arity: [1, 2],
    keyedWords: "delete() with two arguments",
    doc: "Removes one key; the value of a map without keys.",
    example: "begin { @[1] = 2; print(delete(@, 1)); exit(); }",
    rule: (site) => {
      const operand = site.map(0);
      if (operand === undefined) return undefined;
      if (site.args.length === 1 && !operand.bracketed) {
        if (operand.keyType !== undefined) {
          return site.error(
            "TB3007",
            "call to delete() with a single argument expects a map without explicit keys (scalar map)",
            operand.span,
            `name the key: delete(${operand.name}, key), or use clear(${operand.name})`,
          );
        }
        return site.call(boolType, { map: operand.map });
      }
      const key = keyOf(site, operand);
      return key === undefined ? undefined : site.call(boolType, { map: operand.map, args: [key] });
    },
  },
  {
    name: "has_key",
    kind: "function",
    signatures: ["bool has_key(map m, key k)"],
    arity: [2, 2],
    doc: "Whether a key is present.",
    example: "begin { @[1] = 2; print(has_key(@, 1)); exit(); }",
    rule: (site) => {
      const operand = site.map(0);
      if (operand === undefined) return undefined;
      if (operand.bracketed) {
        return site.error("TB3004", "has_key() expects a map argument and a key", operand.span);
      }
      const key = keyOf(site, operand);
      return key === undefined ? undefined : site.call(boolType, { map: operand.map, args: [key] });
    },
  },
  {
    name: "is_scalar",
    kind: "function",
    signatures: ["bool is_scalar(map m)"],
    arity: [1, 1],
    doc: "Whether a map has no keys.",
    example: "begin { @[1] = 2; print(is_scalar(@)); exit(); }",
    rule: (site) => {
      const operand = site.map(0);
      if (operand?.valueType === undefined) return undefined;
      return site.constant(operand.keyType === undefined ? 1n : 0n, boolType);
    },
  },
  {
    name: "find",
    kind: "function",
    signatures: ["bool find(map m, key k, variable result)"],
    arity: [3, 3],
    doc: "Whether a key is present; if so, sets the variable to its value.",
    example: "begin { @[1] = 2; let $v; if (find(@, 1, $v)) { print($v); } exit(); }",
    rule: (site) => {
      const operand = site.map(0);
      if (operand === undefined) return undefined;
      if (operand.bracketed) {
        return site.error("TB3004", "find() expects a map argument, a key and a variable", operand.span);
      }
      const key = keyOf(site, operand);
      const value = key === undefined ? undefined : site.element(operand, key);
      const set = value === undefined ? undefined : site.assign(2, value);
      if (key === undefined || set === undefined) return undefined;
      const found = site.call(boolType, { map: operand.map, args: [key] }, "has_key");
      const yes = site.constant(1n, boolType);
      return {
        kind: "ternary",
        condition: found,
        then: { kind: "block", body: set, result: yes, type: boolType, span: site.span },
        otherwise: site.constant(0n, boolType),
        type: boolType,
        span: site.span,
      };
    },
  },
];
