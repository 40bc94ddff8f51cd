/** Wildcards of attach points: `*` any text, `?` one character, `[abc]`, `[a-c]` or `[!abc]` one of a set. */

export function hasWildcard(text: string): boolean {
  return /[*?[]/.test(text);
}

/** What one character must be; `*`: any number of any. */
type Piece = "*" | ((char: string) => boolean);

/** A test for whole names. Its work is at most the product of both lengths, whatever the pattern. */
export function wildcard(pattern: string): (name: string) => boolean {
  if (!hasWildcard(pattern)) return (name) => name === pattern;
  const pieces = (pattern.match(/\[[^\]]*\]|[\s\S]/g) ?? []).map(pieceOf);
  return (name) => matches(pieces, name);
}

function pieceOf(text: string): Piece {
  if (text === "*") return "*";
  if (text === "?") return () => true;
  return text.length > 1 ? setOf(text.slice(1, -1)) : (char) => char === text;
}

/** Inside of the brackets: characters and ranges; one that runs backwards holds nothing. */
function setOf(text: string): (char: string) => boolean {
  const isNegative = /^[!^]/.test(text);
  const ranges = (isNegative ? text.slice(1) : text).match(/[\s\S]-[\s\S]|[\s\S]/g) ?? [];
  return (char) => ranges.some((range) => char >= range.charAt(0) && char <= range.slice(-1)) !== isNegative;
}

/** When something does not fit, only the last `*` need take one character more: earlier ones have done their part. */
function matches(pieces: readonly Piece[], name: string): boolean {
  let [piece, at] = [0, 0];
  let star: { readonly piece: number; at: number } | undefined;
  while (at < name.length) {
    const wanted = pieces[piece];
    if (wanted === "*") {
      star = { piece: ++piece, at };
    } else if (wanted?.(name.charAt(at)) === true) {
      piece++;
      at++;
    } else if (star !== undefined) {
      piece = star.piece;
      at = ++star.at;
    } else return false;
  }
  return pieces.slice(piece).every((rest) => rest === "*");
}
