import type { Block, Expression, Statement, TypeName } from "../../../src/ast/ast.js";
import { isTypeName } from "../../../src/ast/walk.js";

/** An expression or type with every grouping spelt out, so that one line shows how it was read. */
export function shape(node: Expression | TypeName): string {
  const inner = (child: Expression | TypeName): string => shape(child);
  const list = (children: readonly (Expression | TypeName)[]): string => children.map(inner).join(" ");
  if (isTypeName(node)) return typeShape(node);
  if (node.comptime === true && node.kind !== "if_expression") {
    return `(comptime ${shape({ ...node, comptime: false })})`;
  }
  switch (node.kind) {
    case "integer":
      return node.text;
    case "bool":
      return String(node.value);
    case "string":
      return `"${node.raw}"`;
    case "identifier":
    case "variable":
      return node.name;
    case "positional":
      return `$${node.index}`;
    case "positional_count":
      return "$#";
    case "map":
      return node.keys === undefined ? node.name : `(map ${node.name} ${list(node.keys)})`;
    case "call":
      return node.args.length === 0 ? `(call ${node.name})` : `(call ${node.name} ${list(node.args)})`;
    case "field":
      return `(${node.arrow ? "->" : "."} ${shape(node.object)} ${node.name})`;
    case "tuple_access":
      return `(. ${shape(node.object)} ${node.index})`;
    case "index":
      return `([] ${shape(node.object)} ${shape(node.index)})`;
    case "unary":
      return `(${node.operator} ${shape(node.operand)})`;
    case "address_of":
      return `(& ${shape(node.operand)})`;
    case "binary":
      return `(${node.operator} ${shape(node.left)} ${shape(node.right)})`;
    case "ternary":
      return `(? ${shape(node.condition)} ${node.then ? shape(node.then) : "-"} ${shape(node.otherwise)})`;
    case "cast":
      return `(cast ${shape(node.type)} ${shape(node.operand)})`;
    case "sizeof":
    case "typeinfo":
      return `(${node.kind} ${shape(node.operand)})`;
    case "offsetof":
      return `(offsetof ${shape(node.of)} ${node.path.join(".")})`;
    case "tuple":
      return `(tuple${node.elements.map((element) => ` ${shape(element)}`).join("")})`;
    case "record":
      return `(record${node.fields.map((field) => ` ${field.name}=${shape(field.value)}`).join("")})`;
    case "block_expression":
      return blockShape(node.block);
    case "if_expression":
      return `(if ${shape(node.condition)} ${blockShape(node.then)} ${blockShape(node.otherwise)})`;
  }
}

function typeShape(type: TypeName): string {
  switch (type.kind) {
    case "type_name":
      return type.tag === undefined ? `<${type.name}>` : `<${type.tag} ${type.name}>`;
    case "type_pointer":
      return `<ptr ${typeShape(type.to)}>`;
    case "type_array":
      return `<array ${typeShape(type.element)} ${type.length ? shape(type.length) : "?"}>`;
    case "type_tuple":
      return `<tuple ${type.elements.map(typeShape).join(" ")}>`;
    case "typeof":
      return `<typeof ${shape(type.operand)}>`;
  }
}

/** `{statement kinds; value}` */
export function blockShape(block: Block): string {
  const parts = block.statements.map(statementShape);
  if (block.result !== undefined) parts.push(`= ${shape(block.result)}`);
  return `{${parts.join("; ")}}`;
}

export function statementShape(statement: Statement): string {
  switch (statement.kind) {
    case "expression_statement":
      return statement.discard ? `_ ${shape(statement.expression)}` : shape(statement.expression);
    case "assignment":
      return `(${statement.operator ?? ""}= ${shape(statement.target)} ${shape(statement.value)})`;
    case "let": {
      const type = statement.type === undefined ? "" : ` ${shape(statement.type)}`;
      return `(let ${statement.name}${type}${statement.value ? ` ${shape(statement.value)}` : ""})`;
    }
    case "if": {
      const otherwise = statement.otherwise === undefined ? "" : ` ${blockShape(statement.otherwise)}`;
      const word = statement.comptime ? "comptime-if" : "if";
      return `(${word} ${shape(statement.condition)} ${blockShape(statement.then)}${otherwise})`;
    }
    case "while":
      return `(while ${shape(statement.condition)} ${blockShape(statement.body)})`;
    case "unroll":
      return `(unroll ${shape(statement.count)} ${blockShape(statement.body)})`;
    case "for": {
      const { over } = statement;
      const range = over.kind === "range" ? `(.. ${shape(over.from)} ${shape(over.to)})` : shape(over);
      return `(for ${statement.variable.name} ${range} ${blockShape(statement.body)})`;
    }
    case "jump":
      return statement.value === undefined ? statement.jump : `(${statement.jump} ${shape(statement.value)})`;
    case "block_statement":
      return blockShape(statement.block);
  }
}
