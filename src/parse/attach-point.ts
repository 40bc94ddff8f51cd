/** One part of an attach point's text; offsets count from its start. */
export interface AttachPointPart {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
}

/** `mine=kprobe:f` into the name and the rest: an equals sign within the provider that something follows. */
export function splitName(text: string): readonly [name: string | undefined, rest: string] {
  const match = /^([^=:"]*)=(?=[^:])/.exec(text);
  return match === null ? [undefined, text] : [match[1], text.slice(match[0].length)];
}

/**
 * Splits `uprobe:/bin/x:"a::b"+4` at the colons outside quotes. Quotes go away, a backslash in them protects
 * the next character. Undefined: a quote is never closed.
 */
export function splitAttachPoint(text: string): readonly AttachPointPart[] | undefined {
  const parts: AttachPointPart[] = [];
  let start = 0;
  let part = "";
  let quoted = false;
  for (let at = 0; at <= text.length; at++) {
    const char = text[at];
    if (char === undefined || char === ":") {
      parts.push({ text: part, start, end: at, quoted });
      start = at + 1;
      part = "";
      quoted = false;
    } else if (char === '"') {
      quoted = true;
      for (at++; text[at] !== '"'; at++) {
        if (text[at] === "\\") at++;
        if (text[at] === undefined) return undefined;
        part += text.charAt(at);
      }
    } else part += char;
  }
  return parts;
}
