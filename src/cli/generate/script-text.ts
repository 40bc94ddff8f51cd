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

/** The probes that print maps each `interval` seconds and end after `duration`. */
export function printing(
  maps: readonly string[],
  times: { readonly interval?: number; readonly duration?: number; readonly count?: number },
  top: number | undefined,
): string {
  const print = maps.map((map) => `  print(${map}${top === undefined ? "" : `, ${top}`});\n`).join("");
  const clear = maps.map((map) => `  clear(${map});\n`).join("");
  const { interval, duration, count } = times;
  let text = "";
  if (interval !== undefined) {
    const rounds = count === undefined ? "" : `  @rounds++;\n  if (@rounds >= ${count}) { exit(); }\n`;
    text += `\ninterval:s:${interval}\n{\n  time("%H:%M:%S\\n");\n${print}${clear}${rounds}}\n`;
  }
  if (duration !== undefined) text += `\ninterval:s:${duration}\n{\n  exit();\n}\n`;
  const atEnd = interval === undefined ? print + clear : clear;
  return `${text}\nend\n{\n${atEnd}${count === undefined ? "" : "  clear(@rounds);\n"}}\n`;
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

/** bcc's names of values that a script writes otherwise. */
export function translate(expression: string): string {
  return expression.replaceAll("$retval", "retval");
}
