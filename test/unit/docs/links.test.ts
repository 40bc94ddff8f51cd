/** Every link of the documentation that stays in this repository leads somewhere: to a file, and to a heading in it. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const pages = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return ["node_modules", "dist", "build"].includes(entry.name) || entry.name.startsWith(".")
        ? []
        : pages(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });

/** Without what is shown as code, where brackets are subscripts. */
const prose = (text: string): string => text.replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, "``");

/** The anchors of a page's headings, as GitHub makes them. */
function anchors(page: string): Set<string> {
  const seen = new Map<string, number>();
  const found = new Set<string>();
  const text = readFileSync(page, "utf8").replace(/^```[\s\S]*?^```/gm, "");
  for (const [, heading = ""] of text.matchAll(/^#+ +(.*)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-");
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    found.add(times === 0 ? slug : `${slug}-${times}`);
  }
  return found;
}

/** What is wrong with one link; undefined: nothing. */
function problem(page: string, link: string): string | undefined {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : join(dirname(page), decodeURIComponent(path));
  if (!existsSync(target)) return `${link}: no such file`;
  if (anchor === undefined || statSync(target).isDirectory() || !target.endsWith(".md")) return undefined;
  return anchors(target).has(anchor) ? undefined : `${link}: no such heading`;
}

describe("links", () => {
  it.each(pages(root).map((page) => [relative(root, page), page] as const))("of %s", (_, page) => {
    const links = Array.from(
      prose(readFileSync(page, "utf8")).matchAll(/\]\(([^)\s]+)\)/g),
      (match) => match[1] ?? "",
    );
    const inside = links.filter((link) => !/^[a-z]+:/.test(link));
    expect(inside.map((link) => problem(page, link)).filter((each) => each !== undefined)).toEqual([]);
  });
});
