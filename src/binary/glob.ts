/** Paths that match a pattern: `*`, `?` and `[…]` within one level. */
import { existsSync, readdirSync } from "node:fs";
import { hasWildcard, wildcard } from "../lang/probes/wildcard.js";

export function expandPath(pattern: string): string[] {
  const [first = "", ...rest] = pattern.split("/");
  const start = first === "" ? [""] : matches("", first);
  return rest.reduce((found, level) => found.flatMap((folder) => matches(`${folder}/`, level)), start).sort();
}

function matches(folder: string, level: string): string[] {
  if (!hasWildcard(level)) return existsSync(`${folder}${level}`) ? [`${folder}${level}`] : [];
  const accepts = wildcard(level);
  try {
    return readdirSync(folder === "" ? "." : folder)
      .filter((name) => accepts(name) && (level.startsWith(".") || !name.startsWith(".")))
      .map((name) => `${folder}${name}`);
  } catch {
    return [];
  }
}
