/** Pieces of generated scripts that funccount, trace and argdist share. */

/** Text as a string literal of a script. */
export function quote(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

/** ` /a && b/` of the conditions given; "" without one. */
export function predicate(conditions: readonly (string | undefined)[]): string {
  const given = conditions.filter((condition) => condition !== undefined && condition !== "");
  if (given.length === 0) return "";
  return given.length === 1 ? ` /${given[0]}/` : ` /${given.map((text) => `(${text})`).join(" && ")}/`;
}

export interface Printing {
  readonly interval?: number;
  readonly duration?: number;
  /** Number of prints. */
  readonly count?: number;
  /** Prints go on counting. */
  readonly cumulative?: boolean;
}

/** The probes that print maps each `interval` seconds and end after `duration`; at the end, `scratch` is left out. */
export function printing(
  maps: readonly string[],
  times: Printing,
  top: number | undefined,
  scratch: readonly string[] = [],
): string {
  const print = maps.map((map) => `  print(${map}${top === undefined ? "" : `, ${top}`});\n`).join("");
  const clear = maps.map((map) => `  clear(${map});\n`).join("");
  const { interval, duration, count, cumulative } = times;
  const anew = cumulative === true ? "" : clear;
  const gone = scratch.map((map) => `  clear(${map});\n`).join("");
  let text = "";
  if (interval !== undefined) {
    const rounds = count === undefined ? "" : `  @rounds++;\n  if (@rounds >= ${count}) { exit(); }\n`;
    text += `\ninterval:s:${interval}\n{\n  time("%H:%M:%S\\n");\n${print}${anew}${rounds}}\n`;
  }
  if (duration !== undefined) text += `\ninterval:s:${duration}\n{\n  exit();\n}\n`;
  // What was counted since the last print shows too; after the last of several prints nothing is left.
  const atEnd = cumulative === true ? clear : print + clear;
  return `${text}\nend\n{\n${atEnd}${count === undefined ? "" : "  clear(@rounds);\n"}${gone}}\n`;
}

/** Splits at `separator` where no bracket or string is open: `a, f(b, c)` has two parts at `,`. */
export function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = "";
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (quoted !== "") {
      if (char === "\\") at++;
      else if (char === quoted) quoted = "";
    } else if (char === '"' || char === "'") quoted = char;
    else if ("([{".includes(char)) depth++;
    else if (")]}".includes(char)) depth--;
    else if (depth === 0 && text.startsWith(separator, at)) {
      parts.push(text.slice(from, at).trim());
      from = at + separator.length;
      at += separator.length - 1;
    }
  }
  parts.push(text.slice(from).trim());
  return parts;
}
