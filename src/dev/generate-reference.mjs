/**
 * A part of `npm run docs`: writes the pages of docs/reference/ from the registries.
 */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadSources } from "./load-sources.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const pages = join(root, "docs/reference");
const cases = join(root, "test/errors");

const { errorCases, referencePages } = await loadSources("src/lang/reference.ts");
const files = readdirSync(cases).map((name) => [name, readFileSync(join(cases, name), "utf8")]);
mkdirSync(pages, { recursive: true });
for (const [name, text] of referencePages(errorCases(files))) writeFileSync(join(pages, name), text);
