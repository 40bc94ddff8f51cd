import { TYPE_WORD } from "../../grammar/words.js";
import { assertNever } from "../base/assert-never.js";
import type { BinaryOperator, Block, Cast, Expression, IfExpression, TypeName } from "./ast.js";
import { isTypeName } from "./walk.js";

/** How tightly a printed form binds; an operand that binds looser than its place gets parentheses. */
const TERNARY = 0;
const PRECEDENCE = {
  "||": 1,
  "&&": 2,
  "|": 3,
  "^": 4,
  "&": 5,
  "==": 6,
  "!=": 6,
  "<": 7,
  ">": 7,
  "<=": 7,
  ">=": 7,
  "<<": 8,
  ">>": 8,
  "+": 9,
  "-": 9,
  "*": 10,
  "/": 10,
  "%": 10,
} as const satisfies Record<BinaryOperator, number>;
const UNARY = 11;
const POSTFIX = 12;
const PRIMARY = 13;

/** Prints a block on behalf of an expression; the statement printer knows indentation and comments. */
export type PrintBlock = (block: Block) => string;

export function printExpression(expression: Expression, block: PrintBlock): string {
  const text = (inner: Expression): string => printExpression(inner, block);
  const at = (level: number, inner: Expression): string => operand(inner, level, block);
  if (expression.comptime === true && expression.kind !== "if_expression") {
    return `comptime ${at(UNARY, { ...expression, comptime: false })}`;
  }
  switch (expression.kind) {
    case "integer":
      return expression.text;
    case "bool":
      return String(expression.value);
    case "string":
      return `"${expression.raw}"`;
    case "identifier":
    case "variable":
      return expression.name;
    case "positional":
      return `$${expression.index}`;
    case "positional_count":
      return "$#";
    case "map":
      return expression.keys === undefined
        ? expression.name
        : `${expression.name}[${expression.keys.map(text).join(", ")}]`;
    case "call":
      return `${expression.name}(${expression.args.map((arg) => printEither(arg, block)).join(", ")})`;
    case "field":
      return `${at(POSTFIX, expression.object)}${expression.arrow ? "->" : "."}${expression.name}`;
    case "tuple_access":
      return `${at(POSTFIX, expression.object)}.${expression.index}`;
    case "index": {
      // Without parentheses `@a[1]` would be the map's key.
      const { object } = expression;
      const bare = object.kind === "map" && object.keys === undefined && object.comptime !== true;
      const printed = bare ? `(${object.name})` : at(POSTFIX, object);
      return `${printed}[${text(expression.index)}]`;
    }
    case "unary": {
      const { operator } = expression;
      if (operator === "x++" || operator === "x--")
        return at(POSTFIX, expression.operand) + operator.slice(1);
      return prefixed(operator.replace("x", ""), at(UNARY, expression.operand));
    }
    case "address_of":
      return prefixed("&", at(UNARY, expression.operand));
    case "binary": {
      const level = PRECEDENCE[expression.operator];
      return `${at(level, expression.left)} ${expression.operator} ${at(level + 1, expression.right)}`;
    }
    case "ternary": {
      const condition = at(TERNARY + 1, expression.condition);
      if (expression.then === undefined) return `${condition} ?: ${text(expression.otherwise)}`;
      return `${condition} ? ${text(expression.then)} : ${text(expression.otherwise)}`;
    }
    case "cast":
      return printCast(expression, at(UNARY, expression.operand), block);
    case "sizeof":
    case "typeinfo":
      return `${expression.kind}(${printTypeOperand(expression.operand, block)})`;
    case "offsetof":
      return `offsetof(${printTypeOperand(expression.of, block)}, ${expression.path.join(".")})`;
    case "tuple": {
      const [only, more] = expression.elements;
      if (only !== undefined && more === undefined) return `(${text(only)},)`;
      return `(${expression.elements.map(text).join(", ")})`;
    }
    case "record":
      return `(${expression.fields.map((field) => `${field.name} = ${text(field.value)}`).join(", ")})`;
    case "block_expression":
      return block(expression.block);
    case "if_expression":
      return printIf(expression, block);
  }
  return assertNever(expression);
}

function levelOf(expression: Expression): number {
  switch (expression.kind) {
    case "ternary":
      return expression.comptime === true ? UNARY : TERNARY;
    case "binary":
      return expression.comptime === true ? UNARY : PRECEDENCE[expression.operator];
    case "unary":
      return expression.comptime !== true && expression.operator.startsWith("x") ? POSTFIX : UNARY;
    case "address_of":
    case "cast":
      return UNARY;
    case "field":
    case "tuple_access":
    case "index":
      return expression.comptime === true ? UNARY : POSTFIX;
    // They could stand bare in most places, but read badly as operands, and begin a statement as something else.
    case "block_expression":
    case "if_expression":
      return -1;
    case "integer":
    case "bool":
    case "string":
    case "identifier":
    case "positional":
    case "positional_count":
    case "variable":
    case "map":
    case "call":
    case "sizeof":
    case "typeinfo":
    case "offsetof":
    case "tuple":
    case "record":
      return expression.comptime === true ? UNARY : PRIMARY;
  }
  return assertNever(expression);
}

function operand(expression: Expression, level: number, block: PrintBlock): string {
  const text = printExpression(expression, block);
  return levelOf(expression) < level ? `(${text})` : text;
}

/** For the bounds of a range, which bpftrace takes only as single values. */
export function printPrimary(expression: Expression, block: PrintBlock): string {
  return operand(expression, PRIMARY, block);
}

/** Where `if` or `{` would begin a statement of its own: such an expression gets parentheses. */
export function printLeftmost(expression: Expression, block: PrintBlock): string {
  return operand(expression, TERNARY, block);
}

/** `- -x`, `& &x`: the two must not run together into another operator. */
function prefixed(operator: string, text: string): string {
  return operator.endsWith(text.charAt(0)) ? `${operator}(${text})` : operator + text;
}

function printCast(cast: Cast, text: string, block: PrintBlock): string {
  const type = printType(cast.type, block);
  // A name that may be a value makes `(name) -1` a subtraction; parentheses make it a cast again.
  const ambiguous = isPlainName(cast.type) && /^[-+*&]/.test(text);
  return ambiguous ? `(${type})(${text})` : `(${type})${text}`;
}

function isPlainName(type: TypeName): boolean {
  if (type.kind === "type_array") return isPlainName(type.element);
  return type.kind === "type_name" && type.tag === undefined && !isTypeWord(type.name);
}

function isTypeWord(name: string): boolean {
  return TYPE_WORD.test(name.split(" ")[0] ?? "");
}

/** In `sizeof(…)`, `x[4]` is a type, and so is `int`; as expressions they need parentheses. */
function printTypeOperand(node: Expression | TypeName, block: PrintBlock): string {
  const text = printEither(node, block);
  if (isTypeName(node) || node.comptime === true) return text;
  let core: Expression = node;
  while (core.kind === "index" && core.object.comptime !== true) core = core.object;
  if (core.kind !== "identifier") return text;
  return node.kind === "index" || isTypeWord(core.name) ? `(${text})` : text;
}

function printEither(node: Expression | TypeName, block: PrintBlock): string {
  return isTypeName(node) ? printType(node, block) : printExpression(node, block);
}

export function printType(type: TypeName, block: PrintBlock): string {
  switch (type.kind) {
    case "type_name":
      return type.tag === undefined ? type.name : `${type.tag} ${type.name}`;
    case "type_pointer": {
      const to = printType(type.to, block);
      return to.endsWith("*") ? `${to}*` : `${to} *`;
    }
    case "type_array": {
      const length = type.length === undefined ? "" : printExpression(type.length, block);
      return `${printType(type.element, block)}[${length}]`;
    }
    case "type_tuple":
      return `(${type.elements.map((element) => printType(element, block)).join(", ")})`;
    case "typeof":
      return `typeof(${printTypeOperand(type.operand, block)})`;
  }
  return assertNever(type);
}

function printIf(node: IfExpression, block: PrintBlock): string {
  const head = `${node.comptime ? "comptime " : ""}if (${printExpression(node.condition, block)}) `;
  const then = block(node.then);
  const { statements, result } = node.otherwise;
  const chained = statements.length === 0 && result?.kind === "if_expression";
  return `${head}${then} else ${chained ? printIf(result, block) : block(node.otherwise)}`;
}
