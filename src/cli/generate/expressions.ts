/**
 * Expressions as users of bcc write them, turned into the language's own: names of a signature's parameters, `$retval`,
 * `$PID`, `STRCMP("text", arg1)`, `arg1@user`. Strings are left alone.
 */
import { splitOutside } from "./script-text.js";

/** C names of types, as the language spells them; any other is taken as it stands. */
const TYPES: Readonly<Record<string, string>> = {
  u8: "uint8",
  u16: "uint16",
  u32: "uint32",
  u64: "uint64",
  s8: "int8",
  s16: "int16",
  s32: "int32",
  s64: "int64",
  int: "int32",
  unsigned: "uint32",
  "unsigned int": "uint32",
  long: "int64",
  "unsigned long": "uint64",
  "long long": "int64",
  "unsigned long long": "uint64",
  size_t: "uint64",
  ssize_t: "int64",
  short: "int16",
  "unsigned short": "uint16",
  char: "int8",
  "unsigned char": "uint8",
};

function plainType(type: string): string {
  return type
    .replace(/\b(?:const|volatile|__user|__kernel|register)\b/g, "")
    .replace(/\s+/g, " ")
    .replace(/ ?\*/g, " *")
    .trim();
}

const isText = (type: string): boolean => /^char \*$/.test(plainType(type));

/** An expression read as a C type says: `char *` is a text. */
export function typed(expression: string, type: string, textSize?: number): string {
  if (isText(type)) return asText(expression, textSize);
  const plain = plainType(type);
  return `(${TYPES[plain] ?? plain})${/^\w+$/.test(expression) ? expression : `(${expression})`}`;
}

export function asText(expression: string, size?: number): string {
  return size === undefined ? `str(${expression})` : `str(${expression}, ${size})`;
}

/** What a parameter's name stands for: `((struct sock *)arg0)`. */
export interface Parameter {
  readonly value: string;
  readonly isText: boolean;
}
export type Signature = ReadonlyMap<string, Parameter>;

/** The parameters of `struct sock *sk, size_t size`, by name; `...`, and what has no name, is passed over. */
export function readSignature(text: string): Signature {
  const parameters = new Map<string, Parameter>();
  for (const [index, part] of splitOutside(text, ",").entries()) {
    const found = /^(?<type>.*[\s*])(?<name>[A-Za-z_]\w*)$/s.exec(part)?.groups;
    if (found?.name === undefined || found.type === undefined) continue;
    const isTextual = isText(found.type);
    parameters.set(found.name, {
      value: isTextual ? `arg${index}` : `(${typed(`arg${index}`, found.type)})`,
      isText: isTextual,
    });
  }
  return parameters;
}

const NAMES: Readonly<Record<string, string>> = {
  $retval: "retval",
  $PID: "pid",
  $TID: "tid",
  $COMM: "comm",
  $CPU: "cpu",
  $UID: "uid",
  $GID: "gid",
};

/** Is the expression nothing but an argument, a result or a text parameter: for `%s`, the text it points to? */
export function isAddress(expression: string, signature: Signature): boolean {
  const bare = expression.trim();
  return /^(?:s?arg\d+|\$?retval|arg\d+@user)$/.test(bare) || signature.get(bare)?.isText === true;
}

export function translate(expression: string, signature: Signature = new Map()): string {
  return replaceStrcmp(expression, signature);
}

/** `STRCMP("text", address)` compares with the text at an address. */
function replaceStrcmp(text: string, signature: Signature): string {
  const at = text.indexOf("STRCMP(");
  if (at < 0) return translateWords(text, signature);
  const open = at + "STRCMP".length;
  const end = closing(text, open);
  if (end === undefined) return translateWords(text, signature);
  const [wanted = '""', address = "arg0"] = splitOutside(text.slice(open + 1, end), ",");
  const compared = `(${asText(translateWords(address, signature))} == ${wanted})`;
  return (
    translateWords(text.slice(0, at), signature) + compared + replaceStrcmp(text.slice(end + 1), signature)
  );
}

/** Words outside strings; members (`a.size`, `p->size`) and functions are no parameters. */
function translateWords(text: string, signature: Signature): string {
  const words = /"(?:[^"\\]|\\.)*"|(?:->|\.)\s*\w+|\b(\w+)@user\b|\b[A-Za-z_]\w*\s*\(|\b[A-Za-z_]\w*|\$\w+/g;
  return text.replace(words, (word, atUser: string | undefined) => {
    if (atUser !== undefined) return `uptr(${signature.get(atUser)?.value ?? atUser})`;
    return NAMES[word] ?? signature.get(word)?.value ?? word;
  });
}

/** Index of the bracket that closes the one at `from`, strings passed over. */
export function closing(text: string, from = 0): number | undefined {
  let depth = 0;
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (char === '"') quoted = !quoted;
    else if (quoted && char === "\\") at++;
    else if (quoted) continue;
    else if (char === "(") depth++;
    else if (char === ")" && --depth === 0) return at;
  }
  return undefined;
}
