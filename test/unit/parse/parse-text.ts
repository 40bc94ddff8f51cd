import type { Expression, Probe, Script, Statement } from "../../../src/ast/ast.js";
import { NodeIds } from "../../../src/base/ids.js";
import { Sources } from "../../../src/base/source.js";
import { Log } from "../../../src/diag/diagnostic.js";
import { render } from "../../../src/diag/render.js";
import { parse } from "../../../src/parse/parse.js";

/** The result of parsing and everything said about it, rendered. */
export function tryParse(text: string): { script: Script | undefined; said: string; codes: string[] } {
  const sources = new Sources();
  const log = new Log();
  const script = parse(sources.add("stdin", text), new NodeIds(), log);
  return { script, said: render(log.diagnostics, sources), codes: log.diagnostics.map(({ code }) => code) };
}

/** The tree of a text that must be right. */
export function parseText(text: string): Script {
  const { script, said } = tryParse(text);
  if (script === undefined) throw new Error(`does not parse: ${text}\n${said}`);
  return script;
}

export function probesOf(text: string): Probe[] {
  return parseText(text).items.flatMap((item) => (item.kind === "probe" ? [item] : []));
}

/** The statements of the action block of `begin { text }`. */
export function statementsOf(text: string): readonly Statement[] {
  const [probe] = probesOf(`begin { ${text} }`);
  if (probe === undefined) throw new Error("no probe");
  return probe.block.statements;
}

/** The expression `text` as it stands behind `$r = `. */
export function expressionOf(text: string): Expression {
  const [statement] = statementsOf(`$r = ${text};`);
  if (statement?.kind !== "assignment") throw new Error(`no assignment: ${text}`);
  return statement.value;
}
