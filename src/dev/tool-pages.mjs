/**
 * The pages of the tools, docs/tools/: one for each tool, made of its script's header and a transcript, and an index by
 * subsystem and by question.
 *
 *   node src/dev/tool-pages.mjs                  writes all pages anew; recorded transcripts stay
 *   node src/dev/tool-pages.mjs --check          changes nothing; fails if a page is missing or old
 *   node src/dev/tool-pages.mjs --record [--here|--machine] [NAME...]
 *       runs kernel tests of tools (test/kernel/tools-*.test) and puts what they print into the tools' pages:
 *       here, or in a virtual machine where that shows more (src/dev/tools/transcripts.mjs)
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { faultsOf, readTools } from "./tools/headers.mjs";
import { reasonOf } from "./tools/never-shown.mjs";
import { record } from "./tools/transcripts.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

const pagePath = (name) => join(root, "docs/tools", `${name}.md`);

/** The recorded part of a page, with its fences; undefined if there is none, but a reason. */
export function transcriptOf(name) {
  if (!existsSync(pagePath(name))) return undefined;
  const text = /\n## Transcript\n\n([\s\S]*?)\n*$/.exec(readFileSync(pagePath(name), "utf8"))?.[1];
  return text?.endsWith("```") ? text : undefined;
}

function page(tool, transcript) {
  const { name, summary, fields, path } = tool;
  const words = (key) => (fields[key] ?? []).join(" ");
  const paragraph = (key) => words(key).charAt(0).toUpperCase() + words(key).slice(1);
  const options =
    fields.Options === undefined
      ? ""
      : `\n## Options\n\n\`\`\`\n${fields.Options.join("\n")}\n\`\`\`\n\nOptions of a tool stand behind \`--\`: \`tsbt ${name} -- --help\` shows them.\n`;
  return `<!-- Made by src/dev/tool-pages.mjs from ${path}; only the transcript is kept. -->
# ${name}

${summary?.charAt(0).toUpperCase()}${summary?.slice(1)}

${paragraph("Answers")}

- **Use it** ${words("Use")}
- **Cost:** ${words("Cost")}
- **Needs:** ${words("Needs")}

Script: [${path}](../../${path})
${options}
## Reading the output

${paragraph("Output")}

## Transcript

${transcript ?? reasonOf(name) ?? "None is recorded yet."}
`;
}

function index(tools) {
  const subsystems = [...new Set(tools.map(({ subsystem }) => subsystem))];
  const rows = (subsystem) =>
    tools
      .filter((tool) => tool.subsystem === subsystem)
      .map(
        ({ name, fields }) =>
          `| ${(fields.Answers ?? [])
            .join(" ")
            .replaceAll("|", "\\|")
            .replace(/^./, (first) => first.toUpperCase())} | [${name}](${name}.md) |\n`,
      )
      .join("");
  const lists = subsystems.map(
    (subsystem) => `## ${subsystem}\n\n| question | tool |\n| --- | --- |\n${rows(subsystem)}`,
  );
  return `<!-- Made by src/dev/tool-pages.mjs from the headers of tools/. -->
# Tools

${tools.length} scripts that come with tsbt. \`tsbt tools\` lists them, \`tsbt NAME\` runs one from anywhere, \`tsbt NAME -- --help\`
shows its options. Find the question, then the tool. [map.md](map.md) shows the same on the kernel's subsystems,
[bcc-options.md](bcc-options.md) what the options of bcc's tools are called here.

${lists.join("\n")}`;
}

/** All files that should be there: path (from docs/tools) to text. */
export function pages() {
  const tools = readTools();
  return new Map([
    ["README.md", index(tools)],
    ...tools.map((tool) => [`${tool.name}.md`, page(tool, transcriptOf(tool.name))]),
  ]);
}

function writeAll() {
  mkdirSync(join(root, "docs/tools"), { recursive: true });
  for (const [file, text] of pages()) writeFileSync(join(root, "docs/tools", file), text);
}

/** Faults of headers and pages, each a sentence. */
export function check() {
  const faults = readTools().flatMap(faultsOf);
  for (const [file, text] of pages()) {
    const path = join(root, "docs/tools", file);
    if (!existsSync(path)) faults.push(`docs/tools/${file} is missing: run npm run docs`);
    else if (readFileSync(path, "utf8") !== text) faults.push(`docs/tools/${file} is old: run npm run docs`);
  }
  return faults;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const words = process.argv.slice(2);
  if (words[0] === "--record") {
    await record(words.slice(1), (tool, transcript) =>
      writeFileSync(pagePath(tool.name), page(tool, transcript)),
    );
  } else if (words.includes("--check")) {
    const faults = check();
    for (const fault of faults) process.stdout.write(`${fault}\n`);
    process.exitCode = faults.length === 0 ? 0 : 1;
  } else writeAll();
}
