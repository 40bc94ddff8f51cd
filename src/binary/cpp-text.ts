/** C++ names and types as text: what can be told, and made, of them without their codes. */

/** Without the list of parameters, and what stands before and behind the name. */
export function withoutParameters(demangled: string): string {
  let depth = 0;
  for (let at = 0; at < demangled.length; at++) {
    const whole = /^(?:operator\(\)|operator[<>=-]+|\(anonymous namespace\))/.exec(
      demangled.slice(at, at + 24),
    );
    if (whole !== null) at += whole[0].length;
    const char = demangled[at];
    if (char === "<") depth++;
    else if (char === ">") depth--;
    else if (char === "(" && depth === 0) return demangled.slice(0, at);
  }
  return demangled;
}

/** `int (*)(char)` of a function type, `int*` of others; a reference to a reference is one reference. */
export function pointerTo(type: string, mark: "*" | "&" | "&&"): string {
  if (mark !== "*" && /&$|\(&&?\) [[(]/.test(type))
    return mark === "&" ? type.replace(/&&(?=$|\) )/, "&") : type;
  const open = /^(.*) (\((?!\*|&).*\)|\[\d*\])$/.exec(type);
  return open === null
    ? `${type}${mark}`
    : `${open[1]} (${mark})${open[2]?.startsWith("[") ? " " : ""}${open[2]}`;
}

/** `char const [3]` of an array, `char const` of others; twice is once. */
export function qualified(type: string, word: "const" | "volatile"): string {
  if (type.endsWith(` ${word}`)) return type;
  const array = type.search(/ \[\d*\]$/);
  return array < 0 ? `${type} ${word}` : `${type.slice(0, array)} ${word}${type.slice(array)}`;
}

/** Of `std::vector<int>` the name a constructor has: `vector`. */
export function lastPart(scope: string): string {
  let depth = 0;
  let start = 0;
  let end = scope.length;
  for (let at = 0; at < scope.length; at++) {
    const char = scope[at];
    if (char === "<") {
      if (depth++ === 0) end = at;
    } else if (char === ">") depth--;
    else if (depth === 0 && scope.startsWith("::", at)) {
      start = at + 2;
      end = scope.length;
    }
  }
  return scope.slice(start, end).replace(/\[abi:.*$/, "");
}
