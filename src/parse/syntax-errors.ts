import type { ILexingResult, IRecognitionException, IToken } from "chevrotain";
import * as t from "../../grammar/tokens.js";
import { splitAttachPoint } from "./attach-point.js";
import type { BuildContext } from "./context.js";

/** What a rule that could not begin was looking for. */
const RULE_WANTS: Readonly<Record<string, string>> = {
  script: "an attach point",
  item: "an attach point",
  action: "an action block `{ … }`",
  statement: "a statement",
  expression: "an expression",
  binary: "an expression",
  unary: "an expression",
  postfix: "an expression",
  primary: "an expression",
  argument: "an expression",
  parenthesised: "an expression",
  elements: "an expression",
  typeOrExpression: "a type or an expression",
  type: "a type",
  typeSuffix: "`*` or `[`",
  suffix: "a field name",
  configEntry: "a value: a number, a string, a boolean or a word",
  macroParameter: "`$var`, `@map` or a name",
  cSpecifier: "a C type",
  cDeclarator: "a member's name",
  for: "a variable, as in `for ($kv : @map)`",
  jump: "a statement",
  loop: "a loop",
};

/** Strings and comments that never end, characters no token begins with. True: something was reported. */
export function reportLexical(context: BuildContext, lexed: ILexingResult): boolean {
  const broken = lexed.groups[t.BROKEN]?.[0];
  if (broken !== undefined) {
    const comment = broken.tokenType === t.UnterminatedComment;
    const span = context.spanAt(broken.startOffset, broken.startOffset + (comment ? 2 : broken.image.length));
    if (comment) context.log.error("TB1004", span, "unterminated comment", "close it with `*/`.");
    else {
      const quote = broken.image.charAt(0);
      context.log.error(
        "TB1003",
        span,
        "unterminated string",
        `close it with \`${quote}\` on the same line.`,
      );
    }
    return true;
  }
  for (const token of lexed.tokens) {
    if (token.tokenType !== t.AttachPoint || splitAttachPoint(token.image) !== undefined) continue;
    const span = context.span(token);
    context.log.error("TB1003", span, "the attach point has an unterminated string", 'close it with `"`.');
    return true;
  }
  // Popping the last mode is reported too, by a parse error with better words.
  const unknown = lexed.errors.filter((error) => error.length > 0);
  for (const { offset, length } of unknown.slice(0, 1)) {
    const text = context.source.text.slice(offset, offset + length);
    const [char = ""] = [...text];
    context.log.error(
      "TB1005",
      context.spanAt(offset, offset + char.length),
      `unexpected character \`${char}\``,
    );
  }
  return unknown.length > 0;
}

/** The first error of each item; recovery's later ones inside the same item are echoes of it. */
export function reportParseErrors(
  context: BuildContext,
  tokens: readonly IToken[],
  errors: readonly IRecognitionException[],
): void {
  if (errors.length === 0) return;
  const unclosed = unclosedBracket(tokens);
  const reported = new Set<number>();
  for (const error of errors) {
    const index = tokenIndex(tokens, error.token);
    const item = itemOf(tokens, index);
    if (reported.has(item)) continue;
    reported.add(item);
    if (atEnd(error.token)) {
      reportEnd(context, tokens, error, unclosed);
      return;
    }
    reportOne(context, tokens, index, error);
  }
}

function atEnd(token: IToken): boolean {
  return Number.isNaN(token.startOffset);
}

function tokenIndex(tokens: readonly IToken[], token: IToken): number {
  return atEnd(token) ? tokens.length : tokens.indexOf(token);
}

/** The index of the attach point that begins the item a token belongs to, or -1. */
function itemOf(tokens: readonly IToken[], index: number): number {
  for (let at = Math.min(index, tokens.length - 1); at >= 0; at--) {
    const before = tokens[at - 1]?.tokenType;
    if (tokens[at]?.tokenType === t.AttachPoint && before !== t.Comma) return at;
  }
  return -1;
}

const OPENERS = new Map([
  [t.BodyOpen, "}"],
  [t.SignatureOpen, "}"],
  [t.AngleOpen, ">"],
  [t.LParen, ")"],
  [t.LSquare, "]"],
  [t.PredicateOpen, "/"],
]);
const CLOSERS = new Set([t.BodyClose, t.AngleClose, t.PlainRParen, t.MapRParen, t.RSquare, t.PredicateClose]);

/** The innermost bracket still open at the end of the text, and what would close it. */
function unclosedBracket(tokens: readonly IToken[]): { token: IToken; close: string } | undefined {
  const open: { token: IToken; close: string }[] = [];
  for (const token of tokens) {
    const close = OPENERS.get(token.tokenType);
    if (close !== undefined) open.push({ token, close });
    else if (CLOSERS.has(token.tokenType)) {
      const at = open.map((entry) => entry.close).lastIndexOf(token.image);
      if (at >= 0) open.length = at;
    }
  }
  return open.pop();
}

function reportEnd(
  context: BuildContext,
  tokens: readonly IToken[],
  error: IRecognitionException,
  unclosed: { token: IToken; close: string } | undefined,
): void {
  const last = tokens[tokens.length - 1];
  const lastEnd = last === undefined ? 0 : last.startOffset + last.image.length;
  const end = context.spanAt(lastEnd, lastEnd);
  if (unclosed !== undefined) {
    const { token, close } = unclosed;
    context.log.add({
      code: "TB1002",
      severity: "error",
      message: `the script ends before this \`${token.image}\` is closed`,
      span: context.span(token),
      hint: `a \`${close}\` is missing.`,
    });
  } else if (wantsAction(error)) {
    context.log.error(
      "TB1016",
      end,
      "the probe has no action block",
      "write `{ … }` behind the attach points.",
    );
  } else context.log.error("TB1001", end, `unexpected end of the script: expected ${wanted(error)}`);
}

function ruleOf(error: IRecognitionException): string {
  const stack = error.context.ruleStack;
  return stack[stack.length - 1] ?? "";
}

/** Rules whose failure has a code of its own. */
const RULE_CODES: Readonly<Record<string, string>> = {
  script: "TB1009",
  item: "TB1009",
  probe: "TB1016",
  action: "TB1016",
  configEntry: "TB1018",
};

function wantsAction(error: IRecognitionException): boolean {
  return ruleOf(error) === "action" || ruleOf(error) === "probe";
}

function reportOne(
  context: BuildContext,
  tokens: readonly IToken[],
  index: number,
  error: IRecognitionException,
): void {
  const { token } = error;
  const span = context.span(token);
  const type = token.tokenType;
  if (type === t.StrayClose) {
    context.log.error("TB1015", span, `unexpected \`${token.image}\`: no block is open here`);
    return;
  }
  const image = token.image.length > 30 ? `${token.image.slice(0, 27)}…` : token.image;
  const hint = hintFor(tokens, index, error);
  const code = RULE_CODES[ruleOf(error)] ?? "TB1001";
  context.log.error(code, span, `unexpected \`${image}\`: expected ${wanted(error)}`, hint);
}

function wanted(error: IRecognitionException): string {
  // A token that had to come: the error message provider leaves its label in the message.
  if (error.name === "MismatchedTokenException" && ruleOf(error) !== "script") {
    return STATEMENT_ENDS[error.message] ?? error.message;
  }
  return RULE_WANTS[ruleOf(error)] ?? "something else";
}

/** Behind an expression, a statement may end as well as its block. */
const STATEMENT_ENDS: Readonly<Record<string, string>> = { "`}`": "`;` or `}`", "`>`": "`;` or `>`" };

/** Likely slips, told by the tokens around the place. */
function hintFor(tokens: readonly IToken[], index: number, error: IRecognitionException): string | undefined {
  const token = error.token;
  const before = tokens[index - 1];
  const type = token.tokenType;
  if (type === t.Else) return "an `else` follows the `}` of its `if`.";
  if (type === t.Equal && before?.tokenType === t.RParen)
    return "only maps and variables can be assigned to.";
  if (
    type === t.Colon &&
    before?.tokenType === t.Identifier &&
    before.startOffset + before.image.length === token.startOffset
  ) {
    return `is a \`}\` missing before \`${before.image}:\`?`;
  }
  if (wantsAction(error) && type === t.AttachPoint)
    return "an attach point holds no blanks outside quotes; separate several by commas.";
  if (type === t.Let && before?.tokenType !== t.PlainSemicolon) return "is a `;` missing before it?";
  return undefined;
}
