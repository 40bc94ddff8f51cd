import { assertNever } from "../base/assert-never.js";
import type { Block, Expression, Item, Node, Statement, TypeName } from "./ast.js";

type Visit = (child: Node) => void;

function each(nodes: readonly Node[] | undefined, visit: Visit): void {
  for (const node of nodes ?? []) visit(node);
}
function maybe(node: Node | undefined, visit: Visit): void {
  if (node !== undefined) visit(node);
}

/** Calls `visit` with each direct child of a node, in source order. */
export function forEachChild(node: Node, visit: Visit): void {
  switch (node.kind) {
    case "script":
      each(node.preamble, visit);
      maybe(node.config, visit);
      each(node.imports, visit);
      each(node.items, visit);
      return;
    case "config":
      each(node.entries, visit);
      return;
    case "map_declaration":
      maybe(node.maxEntries, visit);
      return;
    case "macro":
      each(node.params, visit);
      visit(node.body);
      return;
    case "function":
      for (const param of node.params) visit(param.type);
      maybe(node.result, visit);
      visit(node.body);
      return;
    case "probe":
      each(node.attachPoints, visit);
      maybe(node.predicate, visit);
      visit(node.block);
      return;
    case "block":
      each(node.statements, visit);
      maybe(node.result, visit);
      return;
    case "expression_statement":
      visit(node.expression);
      return;
    case "assignment":
      visit(node.target);
      visit(node.value);
      return;
    case "let":
      maybe(node.type, visit);
      maybe(node.value, visit);
      return;
    case "if":
    case "if_expression":
      visit(node.condition);
      visit(node.then);
      maybe(node.otherwise, visit);
      return;
    case "while":
      visit(node.condition);
      visit(node.body);
      return;
    case "for":
      visit(node.variable);
      visit(node.over);
      visit(node.body);
      return;
    case "range":
      visit(node.from);
      visit(node.to);
      return;
    case "unroll":
      visit(node.count);
      visit(node.body);
      return;
    case "jump":
      maybe(node.value, visit);
      return;
    case "block_statement":
    case "block_expression":
      visit(node.block);
      return;
    case "map":
      each(node.keys, visit);
      return;
    case "call":
      each(node.args, visit);
      return;
    case "field":
    case "tuple_access":
      visit(node.object);
      return;
    case "index":
      visit(node.object);
      visit(node.index);
      return;
    case "unary":
    case "address_of":
    case "sizeof":
    case "typeinfo":
    case "typeof":
      visit(node.operand);
      return;
    case "binary":
      visit(node.left);
      visit(node.right);
      return;
    case "ternary":
      visit(node.condition);
      maybe(node.then, visit);
      visit(node.otherwise);
      return;
    case "cast":
      visit(node.type);
      visit(node.operand);
      return;
    case "offsetof":
      visit(node.of);
      return;
    case "tuple":
    case "type_tuple":
      each(node.elements, visit);
      return;
    case "record":
      for (const field of node.fields) visit(field.value);
      return;
    case "type_pointer":
      visit(node.to);
      return;
    case "type_array":
      visit(node.element);
      maybe(node.length, visit);
      return;
    case "c_text":
    case "config_entry":
    case "import":
    case "attach_point":
    case "integer":
    case "bool":
    case "string":
    case "identifier":
    case "positional":
    case "positional_count":
    case "variable":
    case "type_name":
      return;
  }
  assertNever(node);
}

/** Calls `visit` with the node and everything below it, parents first. */
export function forEachNode(node: Node, visit: Visit): void {
  visit(node);
  forEachChild(node, (child) => forEachNode(child, visit));
}

/** What to put in place of a node; undefined keeps it (its children are rewritten all the same). */
export interface Rewriter {
  /** Called after the expression's children were rewritten. */
  readonly expression?: (expression: Expression) => Expression | undefined;
  /** Called after the statement's children; several statements or none may take its place. */
  readonly statement?: (statement: Statement) => readonly Statement[] | undefined;
  /** Called after the type's children. */
  readonly type?: (type: TypeName) => TypeName | undefined;
}

/** A copy of the expression with the rewriter applied bottom-up. What does not change is shared. */
function rewriteExpression(expression: Expression, rewriter: Rewriter): Expression {
  const inner = rewriteInside(expression, rewriter);
  return rewriter.expression?.(inner) ?? inner;
}

/** The same for a type as written. */
function rewriteType(type: TypeName, rewriter: Rewriter): TypeName {
  const inner = typeInside(type, rewriter);
  return rewriter.type?.(inner) ?? inner;
}

/** The same for a block. */
export function rewriteBlock(block: Block, rewriter: Rewriter): Block {
  const statements = block.statements.flatMap((statement) => {
    const inner = statementInside(statement, rewriter);
    return rewriter.statement?.(inner) ?? [inner];
  });
  const copy: Block = { ...block, statements };
  return block.result === undefined ? copy : { ...copy, result: rewriteExpression(block.result, rewriter) };
}

/** The same for an item: its attach points and names stay. */
export function rewriteItem(item: Item, rewriter: Rewriter): Item {
  const expression = (inner: Expression): Expression => rewriteExpression(inner, rewriter);
  switch (item.kind) {
    case "map_declaration":
      return { ...item, maxEntries: item.maxEntries && expression(item.maxEntries) };
    case "macro":
      return { ...item, body: rewriteBlock(item.body, rewriter) };
    case "function": {
      const params = item.params.map((param) => ({ ...param, type: rewriteType(param.type, rewriter) }));
      const result = item.result && rewriteType(item.result, rewriter);
      return { ...item, params, result, body: rewriteBlock(item.body, rewriter) };
    }
    case "probe": {
      const block = rewriteBlock(item.block, rewriter);
      return item.predicate === undefined
        ? { ...item, block }
        : { ...item, predicate: expression(item.predicate), block };
    }
  }
  return assertNever(item);
}

function statementInside(statement: Statement, rewriter: Rewriter): Statement {
  const expression = (inner: Expression): Expression => rewriteExpression(inner, rewriter);
  const block = (inner: Block): Block => rewriteBlock(inner, rewriter);
  switch (statement.kind) {
    case "expression_statement":
      return { ...statement, expression: expression(statement.expression) };
    case "assignment":
      return { ...statement, target: expression(statement.target), value: expression(statement.value) };
    case "let": {
      const type = statement.type && rewriteType(statement.type, rewriter);
      return { ...statement, type, value: statement.value && expression(statement.value) };
    }
    case "if": {
      const { condition, then, otherwise } = statement;
      const copy = { ...statement, condition: expression(condition), then: block(then) };
      return otherwise === undefined ? copy : { ...copy, otherwise: block(otherwise) };
    }
    case "while":
      return { ...statement, condition: expression(statement.condition), body: block(statement.body) };
    case "for": {
      const { over } = statement;
      const rewritten =
        over.kind === "range"
          ? { ...over, from: expression(over.from), to: expression(over.to) }
          : expression(over);
      return { ...statement, over: rewritten, body: block(statement.body) };
    }
    case "unroll":
      return { ...statement, count: expression(statement.count), body: block(statement.body) };
    case "jump":
      return statement.value === undefined ? statement : { ...statement, value: expression(statement.value) };
    case "block_statement":
      return { ...statement, block: block(statement.block) };
  }
  return assertNever(statement);
}

const TYPE_KINDS: ReadonlySet<string> = new Set<TypeName["kind"]>([
  "type_name",
  "type_pointer",
  "type_array",
  "type_tuple",
  "typeof",
]);

/** Tells the two sides of `Expression | TypeName` apart, as in the operand of `sizeof`. */
export function isTypeName(node: Node): node is TypeName {
  return TYPE_KINDS.has(node.kind);
}

function rewriteEither(node: Expression | TypeName, rewriter: Rewriter): Expression | TypeName {
  return isTypeName(node) ? rewriteType(node, rewriter) : rewriteExpression(node, rewriter);
}

function rewriteInside(node: Expression, rewriter: Rewriter): Expression {
  const expression = (inner: Expression): Expression => rewriteExpression(inner, rewriter);
  const block = (inner: Block): Block => rewriteBlock(inner, rewriter);
  switch (node.kind) {
    case "integer":
    case "bool":
    case "string":
    case "identifier":
    case "positional":
    case "positional_count":
    case "variable":
      return node;
    case "map":
      return { ...node, keys: node.keys?.map(expression) };
    case "call":
      return { ...node, args: node.args.map((arg) => rewriteEither(arg, rewriter)) };
    case "field":
    case "tuple_access":
      return { ...node, object: expression(node.object) };
    case "index":
      return { ...node, object: expression(node.object), index: expression(node.index) };
    case "unary":
    case "address_of":
      return { ...node, operand: expression(node.operand) };
    case "binary":
      return { ...node, left: expression(node.left), right: expression(node.right) };
    case "ternary": {
      const copy = { ...node, condition: expression(node.condition), otherwise: expression(node.otherwise) };
      return node.then === undefined ? copy : { ...copy, then: expression(node.then) };
    }
    case "cast":
      return { ...node, type: rewriteType(node.type, rewriter), operand: expression(node.operand) };
    case "sizeof":
    case "typeinfo":
      return { ...node, operand: rewriteEither(node.operand, rewriter) };
    case "offsetof":
      return { ...node, of: rewriteEither(node.of, rewriter) };
    case "tuple":
      return { ...node, elements: node.elements.map(expression) };
    case "record":
      return { ...node, fields: node.fields.map((field) => ({ ...field, value: expression(field.value) })) };
    case "block_expression":
      return { ...node, block: block(node.block) };
    case "if_expression": {
      const { condition, then, otherwise } = node;
      return { ...node, condition: expression(condition), then: block(then), otherwise: block(otherwise) };
    }
  }
  return assertNever(node);
}

function typeInside(type: TypeName, rewriter: Rewriter): TypeName {
  switch (type.kind) {
    case "type_name":
      return type;
    case "type_pointer":
      return { ...type, to: rewriteType(type.to, rewriter) };
    case "type_array": {
      const length = type.length && rewriteExpression(type.length, rewriter);
      return { ...type, element: rewriteType(type.element, rewriter), length };
    }
    case "type_tuple":
      return { ...type, elements: type.elements.map((element) => rewriteType(element, rewriter)) };
    case "typeof":
      return { ...type, operand: rewriteEither(type.operand, rewriter) };
  }
  return assertNever(type);
}
