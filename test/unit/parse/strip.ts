import type { CText, Script } from "../../../src/ast/ast.js";
import { scanAll } from "../../../src/c/token.js";

/** What does not count when two trees are compared: identity, places, comments. */
const IGNORED = new Set(["id", "span", "nameSpan", "comments"]);

/** The tree as plain data, without what formatting may change; flags that are off count as absent. */
export function stripped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripped);
  if (typeof value !== "object" || value === null) return value;
  if ("kind" in value && value.kind === "c_text") return cWords(value as CText);
  const entries = Object.entries(value).filter(
    ([key, inner]) => !IGNORED.has(key) && inner !== undefined && !(key === "comptime" && inner === false),
  );
  return Object.fromEntries(entries.map(([key, inner]) => [key, stripped(inner)]));
}

/** Of C only the words count; the formatter completes the `;` or `,` of a last member. */
function cWords({ text, form, span }: CText): unknown {
  const words = scanAll({ id: span.source, name: "", text }).map((token) => token.text);
  return {
    kind: "c_text",
    form,
    words: words
      .join(" ")
      .replace(/[;,] \}/g, "}")
      .replace(/ \}/g, "}"),
  };
}

/** The comments' words, for the check that none is lost. */
export function commentTexts(script: Script): string[] {
  return script.comments.map((comment) => comment.text).sort();
}
