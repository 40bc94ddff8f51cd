/**
 * The pages of the tools, docs/tools/: one for each tool, made of its script's header and a transcript, and an index by
 * subsystem and by question. Headers are the one place where a tool is described; transcripts are recorded here.
 *
 *   node src/dev/tool-pages.mjs                  writes all pages anew; recorded transcripts stay
 *   node src/dev/tool-pages.mjs --check          changes nothing; fails if a page is missing or old
 *   node src/dev/tool-pages.mjs --record [--here|--machine] [NAME...]
 *       runs tools as a user would, under the workload of their first kernel test (test/kernel/tools-*.test), and puts
 *       what they print into their pages: here, or in a virtual machine if the test says so
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const keys = ["Answers", "Use", "Cost", "Needs", "Options", "Output"];

/** All tools: name, subsystem, path, and the header's fields, each one line of text or (Options) several. */
export function readTools() {
  return readdirSync(join(root, "tools"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
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
  return /\n## Transcript\n\n([\s\S]*?)\n*$/.exec(readFileSync(pagePath(name), "utf8"))?.[1];
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

${transcript ?? "None is recorded yet."}
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

/** Tests of tools, by the tool's path: the first that traces a command. */
function firstTests() {
  const tests = new Map();
  const folder = join(root, "test/kernel");
  for (const file of readdirSync(folder).filter((name) => /^tools-.*\.test$/.test(name))) {
    for (const text of readFileSync(join(folder, file), "utf8")
      .split(/^NAME /m)
      .slice(1)) {
      const test = Object.fromEntries(
        text
          .split("\n")
          .slice(1)
          .map((line) => /^([A-Z_]+)\s+(.*)$/.exec(line))
          .filter((found) => found !== null)
          .map((found) => [found[1], found[2]]),
      );
      const usable = test.FILE !== undefined && test.RUN !== undefined && !/dry-run/.test(test.ARGS ?? "");
      if (usable && !tests.has(test.FILE)) tests.set(test.FILE, test);
    }
  }
  return tests;
}

/** What a tool's transcript is made of; undefined if no test of it traces a command. */
function jobOf({ name, path }, tests) {
  const test = tests.get(path);
  if (test === undefined) return undefined;
  const fill = (text) =>
    text.replaceAll("{work}", "build/workloads").replaceAll("{tmp}", "/tmp/tsbt").replaceAll("{root}", ".");
  const workload = fill(test.RUN);
  const options = test.PARAMS === undefined ? "" : ` ${test.PARAMS}`;
  const modules = (test.MODULES ?? "")
    .split(" ")
    .map((module) => (module === "" ? "" : `modprobe ${module}; `));
  const before = test.BEFORE === undefined ? "" : `(${fill(test.BEFORE)}) >/dev/null 2>&1; `;
  const after = test.AFTER === undefined ? "" : `; (${fill(test.AFTER)}) >/dev/null 2>&1`;
  const quoted = workload.replaceAll("'", "'\\''");
  const command = `mkdir -p /tmp/tsbt; ${modules.join("")}${before}bin/tsbt ${path} -c '${quoted}'${options}${after}`;
  const inMachine = test.VM === "only" || /\b(kprobe|fentry)\b/.test(test.REQUIRES ?? "");
  return { name, workload, command, kernel: inMachine ? "6.12" : undefined, shown: `tsbt ${name}${options}` };
}

/** Runs tools and keeps what they printed. */
function record(words) {
  const where = words.find((word) => word.startsWith("--"));
  const names = words.filter((word) => !word.startsWith("--"));
  const tests = firstTests();
  const jobs = readTools()
    .filter(({ name }) => names.length === 0 || names.includes(name))
    .map((tool) => jobOf(tool, tests))
    .filter((job) => job !== undefined);
  for (const kernel of new Set(jobs.map((job) => job.kernel))) {
    if (kernel === undefined ? where === "--machine" : where === "--here") continue;
    const these = jobs.filter((job) => job.kernel === kernel);
    const outputs = kernel === undefined ? these.map(runHere) : runThere(kernel, these);
    for (const [index, job] of these.entries()) keep(job, outputs[index]);
  }
}

function keep(job, [release, output]) {
  const kept = output
    .split("\n")
    .filter((line) => !/^Attach(ed|ing) \d+ probes?/.test(line))
    .map((line) => line.trimEnd());
  while (kept[0] === "") kept.shift();
  while (kept.at(-1) === "") kept.pop();
  const most = job.lines ?? 30;
  const shown = kept.slice(0, most);
  if (kept.length > most) shown.push(`[${kept.length - most} more lines]`);
  const workload = job.workload.replaceAll("build/workloads/", "");
  const transcript = `Linux ${release.replace(/-.*/, "")}, while \`${workload}\` ran:\n\n\`\`\`\n# ${job.shown}\n${shown.join("\n")}\n\`\`\``;
  const tool = readTools().find(({ name }) => name === job.name);
  writeFileSync(pagePath(job.name), page(tool, transcript));
  process.stdout.write(`== ${job.name}\n${shown.slice(0, 6).join("\n")}\n`);
}

function runHere({ command }) {
  const release = spawnSync("uname", ["-r"], { encoding: "utf8" }).stdout.trim();
  const { stdout } = spawnSync("/bin/sh", ["-c", `(${command}) 2>&1`], {
    cwd: root,
    encoding: "utf8",
    timeout: 60_000,
  });
  return [release, stdout];
}

function runThere(series, jobs) {
  const script = jobs
    .map(({ command }) => `echo @@begin $(uname -r); (${command}) 2>&1; echo @@end`)
    .join("\n");
  const { stdout } = spawnSync(process.execPath, ["src/dev/vm.mjs", "--kernel", series, "--run", script], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const found = [...stdout.matchAll(/^@@begin (\S+)\n([\s\S]*?)^@@end$/gm)];
  if (found.length !== jobs.length)
    throw new Error(`the virtual machine gave no result:\n${stdout.slice(-2000)}`);
  return found.map((match) => [match[1], match[2]]);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const words = process.argv.slice(2);
  if (words[0] === "--record") record(words.slice(1));
  else if (words.includes("--check")) {
    const faults = check();
    for (const fault of faults) process.stdout.write(`${fault}\n`);
    process.exitCode = faults.length === 0 ? 0 : 1;
  } else writeAll();
}
