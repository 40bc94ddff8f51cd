/** Wildcards of attach points: `*` any text, `?` one character, `[abc]` one of a set. */

export function hasWildcard(text: string): boolean {
  return /[*?[]/.test(text);
}

/** A test for whole names. */
export function wildcard(pattern: string): (name: string) => boolean {
  if (!hasWildcard(pattern)) return (name) => name === pattern;
  const source = pattern.replace(/\[[^\]]*\]|[\s\S]/g, (piece) => {
    if (piece === "*") return ".*";
    if (piece === "?") return ".";
    if (piece.length > 1) return `[${piece.slice(1, -1).replace(/^!/, "^").replace(/\\/g, "\\\\")}]`;
    return piece.replace(/[.+^${}()|\]\\[/]/, "\\$&");
  });
  const regexp = new RegExp(`^${source}$`, "s");
  return (name) => regexp.test(name);
}
