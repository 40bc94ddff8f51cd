/**
 * Folded stacks: one line a stack, `outermost;…;innermost count`, as every flame graph program reads and writes them.
 * Read here from folded text and from what scripts print: maps keyed by stacks, as text or as JSON lines.
 */

export interface FoldedStack {
  /** Outermost first. */
  readonly frames: readonly string[];
  readonly count: number;
}

/** Frames of kernel functions bear this ending, as stackcollapse programs write it. */
export const KERNEL_SUFFIX = "_[k]";

/** Reads any of the three forms; lines that are none of them (headings, other maps) are passed over. */
export function readStacks(text: string): FoldedStack[] {
  const first = /\S/.exec(text)?.[0];
  if (first === "{") return fromJson(text);
  return /^@[^\n]*\[/m.test(text) ? fromMaps(text) : fromFolded(text);
}

/** `a;b;c 12`: the count is what stands behind the last blank. */
function fromFolded(text: string): FoldedStack[] {
  return text.split("\n").flatMap((line) => {
    const found = /^(?<frames>.+?)\s+(?<count>\d+(?:\.\d+)?)\s*$/.exec(line)?.groups;
    if (found?.frames === undefined) return [];
    return [{ frames: found.frames.split(";"), count: Number(found.count) }];
  });
}

/** `@name[…]: 12`, where a stack in the key stands on lines of its own, innermost first. */
function fromMaps(text: string): FoldedStack[] {
  const entries = text.matchAll(/^@\w*\[(?<key>[^\n]*(?:\n(?!@|\n\n)[^\n]*)*?)\]: (?<count>\d+)$/gm);
  return [...entries].flatMap(({ groups }) => {
    const key = groups?.key ?? "";
    const stack = foldKey(stacksOf(key), wordsOf(key));
    return stack.length === 0 ? [] : [{ frames: stack, count: Number(groups?.count) }];
  });
}

/** Runs of indented lines: each a stack, innermost first. */
function stacksOf(key: string): string[][] {
  const stacks: string[][] = [];
  let current: string[] | undefined;
  for (const line of key.split("\n").slice(1)) {
    const frame = /^\s+(\S.*)$/.exec(line)?.[1];
    if (frame === undefined) current = undefined;
    else if (current !== undefined) current.push(frame);
    else {
      current = [frame];
      stacks.push(current);
    }
  }
  return stacks;
}

/** What else stands in the key: names of commands, process numbers. */
function wordsOf(key: string): string[] {
  const lines = key.split("\n");
  return lines
    .filter((line, index) => index === 0 || !/^\s+\S/.test(line))
    .flatMap((line) => line.split(","))
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

function fromJson(text: string): FoldedStack[] {
  return text.split("\n").flatMap((line) => {
    if (line.trim() === "") return [];
    const { type, data } = JSON.parse(line) as { type?: string; data?: unknown };
    if (type !== "map" || typeof data !== "object" || data === null) return [];
    return Object.values(data).flatMap((map: unknown) =>
      typeof map === "object" && map !== null ? Object.entries(map).flatMap(fromJsonEntry) : [],
    );
  });
}

function fromJsonEntry([key, count]: [string, unknown]): FoldedStack[] {
  const stacks = stacksOf(`\n${key.replaceAll(",", "\n,\n")}`).map((stack) =>
    stack.map((frame) => frame.trim()),
  );
  const words = key
    .split("\n")
    .filter((line) => !/^\s+\S/.test(line))
    .flatMap((line) => line.split(","))
    .filter((word) => word !== "");
  const frames = foldKey(stacks, words);
  return typeof count === "number" && frames.length > 0 && stacks.length > 0 ? [{ frames, count }] : [];
}

/** Where kernel stacks begin, on x86-64 and arm64: arch/x86/entry, arch/arm64/kernel/entry.S. */
const KERNEL_ENTRY =
  /^(?:entry_|asm_|do_syscall_64|x64_sys_call|ret_from_fork|secondary_startup_64|common_startup_64|start_kernel|el[01]t?_|__primary_switched)/;

/** Words outermost, then user frames, then kernel frames. */
function foldKey(stacks: readonly (readonly string[])[], words: readonly string[]): string[] {
  if (stacks.length === 0) return [];
  const plain = stacks.map((stack) => stack.map((frame) => frame.replace(/\+(?:0x)?[0-9a-f]+$/, "")));
  const isKernel = (stack: readonly string[]): boolean => stack.some((frame) => KERNEL_ENTRY.test(frame));
  const user = plain.filter((stack) => !isKernel(stack)).flatMap((stack) => stack.toReversed());
  const kernel = plain
    .filter(isKernel)
    .flatMap((stack) => stack.toReversed())
    .map((frame) => `${frame}${KERNEL_SUFFIX}`);
  // The command's name is what people look for first.
  const names = [...words].sort((a, b) => Number(/^\d+$/.test(a)) - Number(/^\d+$/.test(b)));
  return [...names, ...user, ...kernel];
}
