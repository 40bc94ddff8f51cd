/** The tools of tools/, and what their headers say: the one place where a tool is described. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadSources } from "../load-sources.mjs";

const { headerOf } = await loadSources("src/cli/tool-header.ts");

const root = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
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
  const header = headerOf(text);
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
