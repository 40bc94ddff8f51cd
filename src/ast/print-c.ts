import type { CEnum, CStruct, CType, CTypedef, DefineDirective, IncludeDirective } from "./ast.js";

/** A member list between braces: the printer of statements knows indentation and comments. */
export type PrintDefinition = (definition: CStruct | CEnum) => string;

/** `struct x` or `union`, up to its brace. */
export function structHead(struct: CStruct): string {
  const tag = struct.union ? "union" : "struct";
  return struct.name === "" ? tag : `${tag} ${struct.name}`;
}

/** A C declaration of `name` (which may be empty) with the type, the way C winds it round the name. */
export function printDeclaration(type: CType, name: string, definition: PrintDefinition): string {
  switch (type.kind) {
    case "c_named":
      return joined(type.name, name);
    case "c_inline":
      return joined(definition(type.definition), name);
    case "c_pointer":
      if (type.to.kind === "c_function" || type.to.kind === "c_array") {
        return printDeclaration(type.to, `(*${name})`, definition);
      }
      return printDeclaration(type.to, `*${name}`, definition);
    case "c_array":
      return printDeclaration(type.element, `${name}[${type.length?.text ?? ""}]`, definition);
    case "c_function": {
      const declarator = `${name}(${type.params ?? "void"})`;
      return type.result === undefined
        ? `void ${declarator}`
        : printDeclaration(type.result, declarator, definition);
    }
  }
}

function joined(type: string, name: string): string {
  return name === "" ? type : `${type} ${name}`;
}

export function printTypedef(typedef: CTypedef, definition: PrintDefinition): string {
  return `typedef ${printDeclaration(typedef.type, typedef.name, definition)};`;
}

export function printInclude(include: IncludeDirective): string {
  return include.system ? `#include <${include.path}>` : `#include "${include.path}"`;
}

export function printDefine(define: DefineDirective): string {
  const params = define.params === undefined ? "" : `(${define.params.join(", ")})`;
  return `#define ${define.name}${params} ${define.body}`.trimEnd();
}
