import type { IToken } from "chevrotain";
import type {
  ConfigCstNode,
  ConfigEntryCstNode,
  FunctionDefinitionCstNode,
  ItemCstNode,
  MacroDefinitionCstNode,
  MapDefinitionCstNode,
  ProbeCstNode,
  ScriptCstNode,
} from "../../grammar/cst.generated.js";
import { cDefinitionCloses } from "../../grammar/scan.js";
import type {
  AttachPoint,
  Comment,
  ConfigBlock,
  ConfigEntry,
  CText,
  FunctionDefinition,
  Import,
  Item,
  MacroDefinition,
  MapDeclaration,
  Probe,
  Script,
} from "../ast/ast.js";
import { splitAttachPoint, splitName } from "./attach-point.js";
import { buildExpression, buildString, integerValue } from "./build-expressions.js";
import { buildBlock, buildStatements } from "./build-statements.js";
import { buildType } from "./build-types.js";
import { type BuildContext, endOf, first, startOf } from "./context.js";

/** The whole tree from the whole CST, which must come from a parse without errors. */
export function buildScript(context: BuildContext, cst: ScriptCstNode, comments: readonly Comment[]): Script {
  const parts = new ScriptParts(context);
  const place = context.placeAt(context.spanAt(0, context.source.text.length));
  for (const item of cst.children.item ?? []) parts.add(item);
  const shebang = cst.children.Shebang?.[0]?.image.trimEnd();
  return {
    kind: "script",
    ...place,
    ...(shebang === undefined ? {} : { shebang }),
    preamble: parts.preamble,
    ...(parts.config === undefined ? {} : { config: parts.config }),
    imports: [...parts.imports, ...context.blockImports],
    items: parts.items,
    comments,
  };
}

/** Sorts the items of a file into their places, and refuses what stands in the wrong one. */
class ScriptParts {
  readonly preamble: CText[] = [];
  readonly imports: Import[] = [];
  readonly items: Item[] = [];
  config: ConfigBlock | undefined;

  constructor(private readonly context: BuildContext) {}

  add(cst: ItemCstNode): void {
    const { context } = this;
    const { children } = cst;
    const line = children.Preprocessor?.[0];
    const definition = children.CDefinition?.[0];
    if (line !== undefined) this.addC("directive", line);
    else if (definition !== undefined) this.addC("definition", definition);
    else if (children.config) this.addConfig(first(children.config));
    else if (children.importDefinition) {
      const path = buildString(context, first(first(children.importDefinition).children.StringLiteral));
      const node: Import = { kind: "import", ...context.place(cst), path: path.value };
      this.mustComeEarly(node, "imports");
      this.imports.push(node);
    } else if (children.mapDefinition) this.items.push(buildMap(context, first(children.mapDefinition)));
    else if (children.macroDefinition) this.items.push(buildMacro(context, first(children.macroDefinition)));
    else if (children.functionDefinition)
      this.items.push(buildFunction(context, first(children.functionDefinition)));
    else if (children.probe) this.items.push(buildProbe(context, first(children.probe)));
  }

  private addC(form: CText["form"], token: IToken): void {
    const { context } = this;
    const text = form === "directive" ? token.image.trimEnd() : token.image.replace(/\s*;$/, "");
    const node: CText = { kind: "c_text", ...context.place(token), form, text };
    this.mustComeEarly(node, "C definitions");
    this.preamble.push(node);
    if (form === "directive" || cDefinitionCloses(token.image)) return;
    const word = startOf(token) + text.search(/\W/);
    context.log.error("TB1017", context.spanAt(startOf(token), word), "the C definition is never closed");
  }

  private addConfig(cst: ConfigCstNode): void {
    const config = buildConfig(this.context, cst);
    this.mustComeEarly(config, "the config block");
    if (this.config !== undefined) {
      this.context.log.add({
        code: "TB1011",
        severity: "error",
        message: "duplicate config block",
        span: config.span,
        related: [{ span: this.config.span, message: "the first one is here" }],
      });
    }
    this.config ??= config;
  }

  private mustComeEarly(node: { readonly span: CText["span"] }, what: string): void {
    if (this.items.length === 0) return;
    this.context.log.error(
      "TB1010",
      node.span,
      `${what} must come before probes, functions, macros and maps`,
    );
  }
}

function buildConfig(context: BuildContext, cst: ConfigCstNode): ConfigBlock {
  const list = cst.children.configEntry ?? [];
  for (const entry of list.slice(0, -1)) {
    if (entry.children.Semicolon !== undefined) continue;
    const end = endOf(entry);
    context.log.error("TB1008", context.spanAt(end, end + 1), "expected `;` after the setting");
  }
  const entries = list.map((entry) => buildConfigEntry(context, entry));
  return { kind: "config", ...context.place(cst), entries };
}

function buildConfigEntry(context: BuildContext, cst: ConfigEntryCstNode): ConfigEntry {
  const { Word, StringLiteral, Integer, True, False } = cst.children;
  const [key, value] = Word;
  const head = { kind: "config_entry", ...context.place(cst), name: first(key && [key]).image } as const;
  if (StringLiteral) {
    return { ...head, value: buildString(context, first(StringLiteral)).value, spelling: "string" };
  }
  if (Integer) return { ...head, value: integerValue(context, first(Integer)).value, spelling: "integer" };
  if (True || False) return { ...head, value: True !== undefined, spelling: "bool" };
  return { ...head, value: first(value && [value]).image, spelling: "identifier" };
}

function buildMap(context: BuildContext, cst: MapDefinitionCstNode): MapDeclaration {
  const { MapName, Word, expression } = cst.children;
  return {
    kind: "map_declaration",
    ...context.place(cst),
    name: first(MapName).image,
    mapType: first(Word).image,
    maxEntries: expression && buildExpression(context, first(expression)),
  };
}

function buildMacro(context: BuildContext, cst: MacroDefinitionCstNode): MacroDefinition {
  const params = (cst.children.macroParameter ?? []).map((parameter) => {
    const { Variable, MapName, Word } = parameter.children;
    const place = context.place(parameter);
    if (Variable) return { kind: "variable", ...place, name: first(Variable).image } as const;
    if (MapName) return { kind: "map", ...place, name: first(MapName).image, keys: undefined } as const;
    return { kind: "identifier", ...place, name: first(Word).image } as const;
  });
  const name = first(cst.children.Word).image;
  const place = context.place(cst);
  return {
    kind: "macro",
    ...place,
    name,
    params,
    body: buildBlock(context, first(cst.children.block), "value"),
  };
}

function buildFunction(context: BuildContext, cst: FunctionDefinitionCstNode): FunctionDefinition {
  const params = (cst.children.functionParameter ?? []).map((parameter) => ({
    name: first(parameter.children.Variable).image,
    type: buildType(context, first(parameter.children.type)),
    span: context.span(parameter),
  }));
  return {
    kind: "function",
    ...context.place(cst),
    name: first(cst.children.Word).image,
    params,
    result: cst.children.type && buildType(context, first(cst.children.type)),
    body: buildBlock(context, first(cst.children.block), "statements"),
  };
}

function buildProbe(context: BuildContext, cst: ProbeCstNode): Probe {
  const { predicate, action } = cst.children;
  const place = context.place(cst);
  const attachPoints = cst.children.AttachPoint.map((token) => buildAttachPoint(context, token));
  const { block, statements } = first(action).children;
  const body =
    block === undefined
      ? {
          kind: "block" as const,
          ...context.place(first(action)),
          ...buildStatements(context, first(statements), "statements"),
        }
      : buildBlock(context, first(block), "statements");
  const probe: Probe = { kind: "probe", ...place, attachPoints, block: body };
  if (predicate === undefined) return probe;
  return { ...probe, predicate: buildExpression(context, first(first(predicate).children.expression)) };
}

function buildAttachPoint(context: BuildContext, token: IToken): AttachPoint {
  const place = context.place(token);
  const [name, text] = splitName(token.image);
  // Unterminated quotes were reported before the parse.
  const [provider, ...parts] = splitAttachPoint(text) ?? [];
  const start = startOf(token) + token.image.length - text.length;
  return {
    kind: "attach_point",
    ...place,
    ...(name === undefined ? {} : { name }),
    text,
    provider: provider?.text ?? "",
    parts: parts.map((part) => ({
      text: part.text,
      span: context.spanAt(start + part.start, start + part.end),
      quoted: part.quoted,
    })),
  };
}
