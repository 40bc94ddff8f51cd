/**
 * The pages of `docs/reference/`, from the registries: what the checker knows is what the documentation says.
 * `npm run docs` writes them, a unit test holds that they are current.
 */
import { CODES, type CodeInfo } from "../diag/codes.js";
import { aggregations } from "./aggregations.js";
import type { BuiltinEntry } from "./builtin.js";
import { type ConfigVariable, configVariables } from "./config.js";
import { builtinFamilies, providers } from "./index.js";
import type { ProviderEntry } from "./provider.js";

/** A script that is wrong in one way, and the diagnostic it gets: `test/errors/<CODE>.<slug>.bt`. */
export interface ErrorCase {
  readonly code: string;
  readonly message: string;
  readonly script: string;
}

/** The cases among files of `test/errors`, by name and text: the first line holds place and message. */
export function errorCases(files: readonly (readonly [name: string, text: string])[]): readonly ErrorCase[] {
  return files
    .filter(([name, text]) => name.endsWith(".bt") && text.startsWith("// "))
    .map(([name, text]) => {
      const [head = "", ...script] = text.trimEnd().split("\n");
      const message = head.slice("// ".length).replace(/^\d+[:\d-]* /, "");
      return { code: name.slice(0, name.indexOf(".")), message, script: script.join("\n") };
    })
    .sort((a, b) => (a.script < b.script ? -1 : 1));
}

/** Text of each page by its file name. */
export function referencePages(cases: readonly ErrorCase[]): ReadonlyMap<string, string> {
  return new Map([
    ["builtins.md", builtinsPage()],
    ["aggregations.md", aggregationsPage()],
    ["probes.md", probesPage()],
    ["config.md", configPage()],
    ["errors.md", errorsPage(cases)],
  ]);
}

const GENERATED = "<!-- Written by `npm run docs` from src/lang and src/diag: edit those. -->";

function page(title: string, intro: string, sections: readonly string[]): string {
  return `${[GENERATED, `# ${title}`, intro, ...sections].join("\n\n")}\n`;
}

function code(text: string, language = ""): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

function builtinsPage(): string {
  const intro =
    "Variables and functions, by what they are about. A function without required arguments may be written without brackets, a variable with them. What a signature shows in square brackets may be left out; `const` asks for a value that is known when compiling.";
  const sections = builtinFamilies.flatMap(({ title, entries }) => [
    `## ${title}`,
    ...entries.map(builtinSection),
  ]);
  return page("Builtins", intro, sections);
}

function builtinSection(entry: BuiltinEntry): string {
  const notes = [
    entry.aliases === undefined ? undefined : `Also written ${list(entry.aliases)}.`,
    entry.where === undefined ? undefined : `In ${entry.where.words}.`,
    entry.since === undefined ? undefined : `Needs Linux ${entry.since}.`,
    entry.unsafe === undefined ? undefined : "Needs `--unsafe`.",
    entry.refused === undefined ? undefined : `Not supported: ${entry.refused.why}; ${entry.refused.hint}.`,
  ].filter((note) => note !== undefined);
  return [
    `### ${entry.name}`,
    entry.signatures.map((signature) => `- \`${signature}\``).join("\n"),
    [entry.doc, ...notes].join(" "),
    code(entry.example, "bpftrace"),
  ].join("\n\n");
}

function list(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}

function aggregationsPage(): string {
  const intro =
    "Functions that fill maps: they stand alone right of a map's `=`. Each CPU adds to a row of its own, so nothing is lost and nothing waits; printing combines the rows, and so does reading a `count`, `sum`, `avg`, `min` or `max` as a number.";
  return page("Aggregations", intro, aggregations.map(builtinSection));
}

function probesPage(): string {
  const intro =
    "What a script can attach to. Names may hold `*`, and several attach points share a block with `,`.";
  return page("Probes", intro, providers.map(probeSection));
}

function probeSection(entry: ProviderEntry): string {
  const aliases = entry.aliases.length === 0 ? [] : [`Also written ${list(entry.aliases)}.`];
  const missing = entry.expand === undefined ? ["Not supported yet."] : [];
  return [
    `## ${entry.name}`,
    entry.forms.map((form) => `- \`${form}\``).join("\n"),
    [entry.doc, ...aliases, ...missing].join(" "),
    code(entry.example, "bpftrace"),
  ].join("\n\n");
}

function configPage(): string {
  const intro =
    "Set in a script's `config = { name=value }` block, or in the environment as `BPFTRACE_NAME=value` (`TSBT_CONFIG_NAME` wins over both). A script reads them as fields of `config`.";
  const rows = configVariables.map(
    (variable) =>
      `| \`${variable.name}\` | ${fallbackOf(variable)} | ${valuesOf(variable)} | ${variable.doc}${variable.environmentOnly === true ? " In the environment only." : ""} |`,
  );
  const table = ["| variable | default | values | what it does |", "| --- | --- | --- | --- |", ...rows];
  return page("Config variables", intro, [table.join("\n")]);
}

function fallbackOf({ value }: ConfigVariable): string {
  return value.kind === "text" && value.fallback === "" ? "" : `\`${value.fallback}\``;
}

function valuesOf({ value }: ConfigVariable): string {
  switch (value.kind) {
    case "bool":
      return "`true`, `false`";
    case "integer": {
      const from = value.least === undefined ? "" : ` from ${value.least}`;
      const to = value.greatest === undefined ? "" : ` to ${value.greatest}`;
      return `a number${from}${to}`;
    }
    case "word":
      return list(value.words);
    case "text":
      return "text";
  }
}

const CLASSES: Readonly<Record<CodeInfo["class"], string>> = {
  user: "The script or the command line is at fault.",
  limit: "The script is right, but the target, the kernel or this version of tsbt cannot do it.",
  bug: "tsbt is at fault: please report it with the script.",
};

function errorsPage(cases: readonly ErrorCase[]): string {
  const intro =
    "Every diagnostic has a code that never changes, on a line of its own under the message. The thousands say where it comes from: 1 syntax, 2 names, 3 types, 4 probes, 5 target and limits, 6 running, 9 tsbt itself.";
  const sections = Object.entries<CodeInfo>(CODES)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, info]) => errorSection(name, info, cases));
  return page("Diagnostics", intro, sections);
}

/** Longer cases are limits of size, and show nothing. */
const SHOWN = 400;

function errorSection(name: string, info: CodeInfo, cases: readonly ErrorCase[]): string {
  const example = cases.find((each) => each.code === name && each.script.length < SHOWN);
  const shown = example === undefined ? [] : [code(example.script, "bpftrace"), code(example.message)];
  return [`## ${name}: ${info.title}`, CLASSES[info.class], ...shown].join("\n\n");
}
