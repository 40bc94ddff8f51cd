/**
 * Calls of kernel functions by name (Documentation/bpf/kfuncs.rst). Types are compared with the prototype in BTF; which
 * program may call what, and whether references are given back, only the kernel's verifier knows.
 */
import type { Call } from "../ast/ast.js";
import { C_CALL, KFUNC_CALL } from "../lang/lowering/kfunc.js";
import { isTypeName } from "../ast/walk.js";
import type { KernelFunction } from "../target/target.js";
import { integerOf } from "../types/compat.js";
import { BtfTypes } from "../types/from-btf.js";
import { printType } from "../types/print.js";
import type { Type } from "../types/type.js";
import type { Checker } from "./checker.js";
import { constant, convert } from "./conversion.js";
import type { TypedExpression } from "./typed-program.js";

/** Arguments go in registers r1 to r5. */
const MOST_ARGUMENTS = 5;

export function kfuncCall(c: Checker, node: Call, kfunc: KernelFunction): TypedExpression | undefined {
  const { btf, id, module } = kfunc;
  const func = btf.type(id);
  const proto = func.kind === "func" ? btf.type(func.type) : undefined;
  if (proto?.kind !== "func_proto") return undefined;
  const types = module === "vmlinux" ? c.program.types : new BtfTypes(() => btf, module);
  const { params } = proto;
  if (params.length > MOST_ARGUMENTS) {
    return c.error(
      "TB2002",
      node.nameSpan,
      `Function \`${node.name}\` takes more than ${MOST_ARGUMENTS} arguments`,
    );
  }
  if (node.args.length !== params.length) {
    const got = node.args.length < params.length ? `only ${node.args.length}` : `${node.args.length}`;
    return c.error(
      "TB3003",
      node.span,
      `Function \`${node.name}\` requires ${params.length} arguments, got ${got}`,
      `it is declared with (${params.map((p) => `${printType(types.typeOf(p.type))} ${p.name}`).join(", ")})`,
    );
  }
  const args: TypedExpression[] = [];
  for (const [index, param] of params.entries()) {
    const arg = node.args[index];
    if (arg === undefined || isTypeName(arg)) {
      return c.error("TB3004", node.span, `argument \`${param.name}\` of ${node.name}() is no value`);
    }
    const value = c.value(arg);
    if (value === undefined) return undefined;
    const wanted = types.typeOf(param.type);
    const given = argument(c, value, wanted);
    if (given === undefined) {
      return c.error(
        "TB3004",
        value.span,
        `Expected ${printType(wanted)} for argument \`${param.name}\` got ${printType(value.type)}`,
      );
    }
    args.push(given);
  }
  const type = types.typeOf(proto.ret);
  const name = c.program.functions.find(node.name) === kfunc ? C_CALL : KFUNC_CALL;
  return { kind: "call", call: { name, args, text: node.name }, type, span: node.span };
}

/** The value as the parameter wants it; undefined if it cannot be. */
function argument(c: Checker, value: TypedExpression, wanted: Type): TypedExpression | undefined {
  const { type } = value;
  if (wanted.kind === "pointer") {
    // Strings, arrays and structs are passed by their address; a literal 0 is no object.
    if (type.kind === "string" || type.kind === "array" || type.kind === "struct" || type.kind === "buffer")
      return pointsAt(wanted.to, type.kind === "struct" ? type : undefined) ? value : undefined;
    if (type.kind === "pointer") return pointsAt(wanted.to, type.to) ? value : undefined;
    const isNull = value.kind === "constant" && value.value === 0n && c.isLiteral(value);
    return isNull ? constant(0n, wanted, value.span) : undefined;
  }
  const isNumber = integerOf(type) !== undefined || type.kind === "bool";
  if (integerOf(wanted) === undefined && wanted.kind !== "bool") return undefined;
  return isNumber ? convert(value, wanted) : undefined;
}

/** May a pointer to `given` (undefined: to bytes) be passed for one to `wanted`? */
function pointsAt(wanted: Type, given: Type | undefined): boolean {
  if (wanted.kind !== "struct") return given?.kind !== "struct" || wanted.kind === "void";
  if (given === undefined || given.kind === "void") return false;
  return given.kind === "struct" && given.name === wanted.name;
}
