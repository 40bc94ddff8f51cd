import type { Script } from "../../../src/ast/ast.js";

/** What does not count when two trees are compared: identity, places, comments. */
const IGNORED = new Set(["id", "span", "nameSpan", "comments"]);

/** The tree as plain data, without what formatting may change; flags that are off count as absent. */
export function stripped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripped);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key, inner]) => !IGNORED.has(key) && inner !== undefined && !(key === "comptime" && inner === false),
  );
  return Object.fromEntries(entries.map(([key, inner]) => [key, stripped(inner)]));
}

/** The comments' words, for the check that none is lost. */
export function commentTexts(script: Script): string[] {
  return script.comments.map((comment) => comment.text).sort();
}
