/** What a probe or a round of a loop ends with: values there are given to nobody, each branch's by itself. */
import type { Block, Expression, Statement } from "../ast/ast.js";

/** Adds to `tail` blocks and choices in the last place of `body`, and those in the last place of them. Macros' bodies are their own. */
export function markTail(tail: Set<unknown>, body: Block): void {
  const block = ({ statements, result }: Block): void => {
    const last = statements.at(-1);
    if (result !== undefined) expression(result);
    else if (last !== undefined) statement(last);
  };
  const statement = (node: Statement): void => {
    if (node.kind === "expression_statement") return expression(node.expression);
    if (node.kind === "block_statement") {
      tail.add(node);
      block(node.block);
    } else if (node.kind === "if") {
      block(node.then);
      if (node.otherwise !== undefined) block(node.otherwise);
    }
  };
  const expression = (node: Expression): void => {
    if (node.kind === "block_expression" && node.expansion !== true) {
      tail.add(node);
      block(node.block);
    } else if (node.kind === "if_expression") {
      block(node.then);
      block(node.otherwise);
    } else if (node.kind === "ternary" && node.then !== undefined) {
      tail.add(node);
      expression(node.then);
      expression(node.otherwise);
    }
  };
  block(body);
}
