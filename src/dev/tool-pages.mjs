/**
 * The pages of the tools, docs/tools/: one for each tool, made of its script's header and a transcript, and an index by
 * subsystem and by question. Headers are the one place where a tool is described; transcripts are recorded here.
 *
 *   node src/dev/tool-pages.mjs                  writes all pages anew; recorded transcripts stay
 *   node src/dev/tool-pages.mjs --check          changes nothing; fails if a page is missing or old
 *   node src/dev/tool-pages.mjs --record NAME [--kernel SERIES] [--workload COMMAND] [--lines N] [-- OPTIONS]
 *       runs a tool as a user would, while COMMAND runs (as -c does; without one, for 3 s), and puts what it printed
 *       into the tool's page; with --kernel in the virtual machine of that series
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const keys = ["Answers", "Use", "Cost", "Needs", "Options", "Output"];

/** All tools: name, subsystem, path, and the header's fields, each one line of text or (Options) several. */
export function readTools() {
  return readdirSync(join(root, "tools"))
    .sort()
    .flatMap((subsystem) =>
      readdirSync(join(root, "tools", subsystem))
        .filter((file) => file.endsWith(".bt"))
        .sort()
        .map((file) => readTool(subsystem, file)),
    );
}

function readTool(subsystem, file) {
  const name = file.slice(0, -".bt".length);
  const path = `tools/${subsystem}/${file}`;
  const text = readFileSync(join(root, path), "utf8");
  const header = text
    .split("\n")
    .slice(1)
    .slice(
      0,
      text
        .split("\n")
        .slice(1)
        .findIndex((line) => !line.startsWith("//")),
    )
    .map((line) => line.replace(/^\/\/ ?/, ""));
  const summary = new RegExp(`^${name}: (.*)$`).exec(header[0] ?? "")?.[1];
  const fields = {};
  let current;
  for (const line of header.slice(1)) {
    const begin = /^(\w+):\s+(.*)$/.exec(line);
    if (begin !== null && keys.includes(begin[1])) {
      current = begin[1];
      fields[current] = [begin[2]];
    } else if (current !== undefined && line.trim() !== "") fields[current].push(line.trim());
  }
  return { name, subsystem, path, summary, fields };
}

/** A header without its faults; each fault a sentence. */
export function faultsOf({ path, summary, fields }) {
  const faults = [];
  if (summary === undefined || summary === "")
    faults.push(`${path}: the header does not begin with "name: summary"`);
  for (const key of keys) {
    if (key !== "Options" && fields[key] === undefined) faults.push(`${path}: the header has no ${key}`);
  }
  return faults;
}

const pagePath = (name) => join(root, "docs/tools", `${name}.md`);

/** The recorded part of a page, with its fences; undefined if there is none. */
export function transcriptOf(name) {
  if (!existsSync(pagePath(name))) return undefined;
  return /^## Transcript\n\n([\s\S]*?)\n*$/m.exec(readFileSync(pagePath(name), "utf8"))?.[1];
}

function page(tool, transcript) {
  const { name, summary, fields, path } = tool;
  const paragraph = (key) => (fields[key] ?? []).join(" ");
  const options =
    fields.Options === undefined
      ? ""
      : `\n## Options\n\n\`\`\`\n${fields.Options.join("\n")}\n\`\`\`\n\nOptions of a tool stand behind \`--\`: \`tsbt ${name} -- --help\` shows them.\n`;
  return `<!-- Made by src/dev/tool-pages.mjs from ${path}; only the transcript is kept. -->
# ${name}

${summary?.charAt(0).toUpperCase()}${summary?.slice(1)}

${paragraph("Answers")}

- **Use it** ${paragraph("Use")}
- **Cost:** ${paragraph("Cost")}
- **Needs:** ${paragraph("Needs")}

Script: [${path}](../../${path})
${options}
## Reading the output

${paragraph("Output")}

## Transcript

${transcript ?? "None was recorded: no machine at hand has what it needs."}
`;
}

function index(tools) {
  const subsystems = [...new Set(tools.map(({ subsystem }) => subsystem))];
  const rows = (subsystem) =>
    tools
      .filter((tool) => tool.subsystem === subsystem)
      .map(
        ({ name, fields }) =>
          `| ${(fields.Answers ?? []).join(" ").replaceAll("|", "\\|")} | [${name}](${name}.md) |\n`,
      )
      .join("");
  const lists = subsystems.map(
    (subsystem) => `## ${subsystem}\n\n| question | tool |\n| --- | --- |\n${rows(subsystem)}`,
  );
  return `<!-- Made by src/dev/tool-pages.mjs from the headers of tools/. -->
# Tools

${tools.length} scripts that come with tsbt. \`tsbt tools\` lists them, \`tsbt NAME\` runs one from anywhere, \`tsbt NAME -- --help\`
shows its options. Find the question, then the tool. [map.md](map.md) shows the same on the kernel's subsystems.

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

function option(words, name) {
  const at = words.indexOf(name);
  return at < 0 ? undefined : words.splice(at, 2)[1];
}

/** Runs a tool and keeps what it printed. */
function record(words) {
  const split = words.indexOf("--");
  const options = split < 0 ? [] : words.splice(split).slice(1);
  const kernel = option(words, "--kernel");
  const workload = option(words, "--workload");
  const lines = Number(option(words, "--lines") ?? 40);
  const name = option(words, "--record");
  const tool = readTools().find((each) => each.name === name);
  if (tool === undefined) throw new Error(`no tool '${name}'`);
  const quoted = options.length === 0 ? "" : ` -- ${options.map((word) => `'${word}'`).join(" ")}`;
  const command = `bin/tsbt ${tool.path} -c ${JSON.stringify(workload ?? "sleep 3")}${quoted}`;
  const [release, output] = kernel === undefined ? runHere(command) : runThere(kernel, command);
  const kept = output
    .split("\n")
    .filter((line) => !/^Attach(ed|ing) \d+ probes?/.test(line))
    .map((line) => line.trimEnd());
  while (kept[0] === "") kept.shift();
  while (kept.at(-1) === "") kept.pop();
  const shown = kept.slice(0, lines);
  if (kept.length > lines) shown.push(`[${kept.length - lines} more lines]`);
  const spoken =
    workload === undefined ? "" : ` while \`${workload.replace(/^.*build\/workloads\//, "")}\` ran`;
  const transcript = `Linux ${release}${spoken}:\n\n\`\`\`\n# tsbt ${name}${quoted}\n${shown.join("\n")}\n\`\`\``;
  writeFileSync(pagePath(name), page(tool, transcript));
  process.stdout.write(`${transcript}\n`);
}

function runHere(command) {
  const release = spawnSync("uname", ["-r"], { encoding: "utf8" }).stdout.trim();
  const { stdout, stderr } = spawnSync("/bin/sh", ["-c", command], { cwd: root, encoding: "utf8" });
  return [release.replace(/-.*/, ""), stdout + stderr.replace(/^Attached.*\n/, "")];
}

function runThere(series, command) {
  const marked = `echo @@begin $(uname -r); ${command} 2>&1; echo @@end`;
  const { stdout } = spawnSync(process.execPath, ["src/dev/vm.mjs", "--kernel", series, "--run", marked], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const found = /^@@begin (\S+)\n([\s\S]*?)^@@end$/m.exec(stdout);
  if (found === null) throw new Error(`the virtual machine gave no result:\n${stdout.slice(-2000)}`);
  return [found[1], found[2]];
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const words = process.argv.slice(2);
  if (words.includes("--record")) record(words);
  else if (words.includes("--check")) {
    const faults = check();
    for (const fault of faults) process.stdout.write(`${fault}\n`);
    process.exitCode = faults.length === 0 ? 0 : 1;
  } else writeAll();
}
