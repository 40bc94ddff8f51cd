/** The header of a tool's script: the one place where a tool is described, to its users, to completion and to its page. */

/** The comment that a script begins with, behind its `#!` line: its lines without the slashes. */
export function headerOf(text: string): readonly string[] {
  const lines = text.split("\n").slice(1);
  const end = lines.findIndex((line) => !line.startsWith("//"));
  return lines.slice(0, end < 0 ? lines.length : end).map((line) => line.replace(/^\/\/ ?/, ""));
}
