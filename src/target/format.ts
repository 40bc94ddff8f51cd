import { parseDecl } from "./parse-decl.js";
import type { TracepointField, TracepointFormat } from "./target.js";

const fieldLine = /^\s*field:([^;]+);\s*offset:(\d+);\s*size:(\d+);\s*signed:([01]);/;

/** Reads an event's `format` file; undefined if it is none. Source: kernel/trace/trace_events.c, f_show. */
export function parseFormat(category: string, event: string, text: string): TracepointFormat | undefined {
  const id = /^ID: (\d+)$/m.exec(text)?.[1];
  if (id === undefined) return undefined;
  const fields: TracepointField[] = [];
  for (const line of text.split("\n")) {
    const match = fieldLine.exec(line);
    if (match !== null) fields.push(field(match));
  }
  return { category, event, id: Number(id), fields };
}

function field([, text = "", offset, size, signed]: RegExpExecArray): TracepointField {
  const decl = parseDecl(text);
  // The declaration without the name: its last word, or the word before a bracket.
  const ctype = text
    .replace(/\w+(?=\s*(?:\[|$))/g, (word) => (word === decl.name ? "" : word))
    .trim()
    .replace(/\s+/g, " ");
  return {
    name: decl.name,
    ctype,
    decl,
    offset: Number(offset),
    size: Number(size),
    signed: signed === "1",
    arrayLength: typeof decl.array === "number" && !decl.dataLoc && !decl.relLoc ? decl.array : undefined,
    isDataLoc: decl.dataLoc,
    isRelLoc: decl.relLoc,
  };
}
