import type { ExpressionCstNode, ScriptCstNode } from "../../grammar/cst.generated.js";
import { expectedToken } from "../../grammar/messages.js";
import { BpftraceParser } from "../../grammar/parser.js";
import {
  BodyClose,
  BodyOpen,
  BROKEN,
  bpftraceLexer,
  COMMENTS,
  LParen,
  LSquare,
  PlainRParen,
  RSquare,
} from "../../grammar/tokens.js";
import type { Comment, Expression, Script } from "../ast/ast.js";
import type { NodeIds } from "../base/ids.js";
import type { Source } from "../base/source.js";
import type { Span } from "../base/span.js";
import type { Log } from "../diag/diagnostic.js";
import { buildExpression } from "./build-expressions.js";
import { buildScript } from "./build-items.js";
import { BuildContext } from "./context.js";
import { reportLexical, reportParseErrors } from "./syntax-errors.js";
import { isStackOverflow, reportTooDeep } from "./too-deep.js";

/**
 * The one parser, constructed when the module is loaded: from a startup snapshot it costs nothing. The grammar
 * is validated by a unit test, not at every start.
 */
const parser = new BpftraceParser({ skipValidations: true, errorMessageProvider: expectedToken });

/**
 * Reads a whole script: a file, or the text of `-e`. Undefined if the syntax is wrong; the log then holds one
 * error for each item that is.
 */
export function parse(source: Source, ids: NodeIds, log: Log): Script | undefined {
  const context = new BuildContext(source, ids, log);
  try {
    return parseWith(context);
  } catch (error) {
    if (!isStackOverflow(error)) throw error;
    reportTooDeep(log, deepestPlace(context));
    return undefined;
  } finally {
    parser.input = [];
  }
}

/** Reads a text that is one expression: the body of a C macro. Undefined if it is none. */
export function parseExpression(source: Source, ids: NodeIds, log: Log): Expression | undefined {
  const lexed = bpftraceLexer.tokenize(source.text, "body");
  for (const token of lexed.tokens) token.endOffset = token.startOffset + token.image.length - 1;
  if (lexed.errors.length > 0 || (lexed.groups[BROKEN] ?? []).length > 0) return undefined;
  try {
    parser.input = lexed.tokens;
    const cst = parser.expression() as ExpressionCstNode;
    if (parser.errors.length > 0) return undefined;
    const before = log.diagnostics.length;
    const expression = buildExpression(new BuildContext(source, ids, log), cst);
    return log.diagnostics.length > before ? undefined : expression;
  } finally {
    parser.input = [];
  }
}

/** The innermost opening bracket of the text. */
function deepestPlace(context: BuildContext): Span {
  let depth = 0;
  let deepest = 0;
  let place = 0;
  for (const { tokenType, startOffset } of bpftraceLexer.tokenize(context.source.text).tokens) {
    if (tokenType === BodyOpen || tokenType === LParen || tokenType === LSquare) depth++;
    else if (tokenType === BodyClose || tokenType === PlainRParen || tokenType === RSquare) depth--;
    if (depth <= deepest) continue;
    deepest = depth;
    place = startOffset;
  }
  return context.spanAt(place, place + 1);
}

function parseWith(context: BuildContext): Script | undefined {
  const { source, log } = context;
  const lexed = bpftraceLexer.tokenize(source.text);
  // The lexer tracks starts only; ends are what the CST's locations need, and lines are not worth their cost.
  for (const token of lexed.tokens) token.endOffset = token.startOffset + token.image.length - 1;
  if (reportLexical(context, lexed)) return undefined;
  parser.input = lexed.tokens;
  const cst = parser.script() as ScriptCstNode;
  const errors = parser.errors;
  if (errors.length > 0) {
    reportParseErrors(context, lexed.tokens, errors);
    return undefined;
  }
  const comments = (lexed.groups[COMMENTS] ?? []).map((token): Comment => {
    const text = token.image.trimEnd();
    return { span: context.spanAt(token.startOffset, token.startOffset + text.length), text };
  });
  const before = log.diagnostics.length;
  const script = buildScript(context, cst, comments);
  return log.diagnostics.slice(before).some(({ severity }) => severity === "error") ? undefined : script;
}
