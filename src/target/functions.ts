/** The kernel's functions as its list of traceable ones shows them: lines `name` or `name [module]`. */
import type { KernelFunctions } from "./target.js";

/** Functions that stop the machine when they are traced, though the list has them (kernel selftests agree). */
const DANGEROUS = new Set(["arch_cpu_idle", "default_idle", "bpf_dispatcher_xdp_func"]);
const DANGEROUS_PREFIXES = ["__ftrace_invalid_address__", "rcu_"];

function isDangerous(name: string): boolean {
  return DANGEROUS.has(name) || DANGEROUS_PREFIXES.some((prefix) => name.startsWith(prefix));
}

/**
 * `text`: the list, undefined if the kernel has none. `instead`: names to go by then (those of BTF), and `exists`,
 * which knows more than those.
 */
export function kernelFunctions(
  text: () => string | undefined,
  instead: () => readonly string[],
  exists: (name: string) => boolean,
): KernelFunctions {
  let read: { readonly text: string | undefined } | undefined;
  const list = (): string | undefined => {
    read ??= { text: text() };
    return read.text;
  };
  let all: Index | undefined;
  const index = (): Index => {
    all ??= indexOf(list(), instead);
    return all;
  };
  return {
    get known() {
      return list() !== undefined;
    },
    get names() {
      return index().names;
    },
    has: (name, module) => {
      if (isDangerous(name)) return false;
      if (module !== undefined && module !== "") return index().modules.get(name)?.includes(module) === true;
      const lines = list();
      // One question is no reason to take forty thousand lines apart.
      return lines === undefined
        ? exists(name)
        : ["\n", " ["].some((end) => lines.startsWith(name + end) || lines.includes(`\n${name}${end}`));
    },
    modulesOf: (name) => index().modules.get(name) ?? [],
    namesakes: (name) => countLines(list() ?? "", name),
  };
}

/** Lines that are this text. */
function countLines(text: string, line: string): number {
  let count = text.startsWith(`${line}\n`) || text === line ? 1 : 0;
  for (let at = text.indexOf(`\n${line}`); at >= 0; at = text.indexOf(`\n${line}`, at + 1)) {
    const end = at + 1 + line.length;
    if (end === text.length || text[end] === "\n") count++;
  }
  return count;
}

interface Index {
  readonly names: readonly string[];
  readonly modules: ReadonlyMap<string, readonly string[]>;
}

function indexOf(text: string | undefined, instead: () => readonly string[]): Index {
  const modules = new Map<string, string[]>();
  const kernel = ["vmlinux"];
  const lines = text?.split("\n") ?? instead();
  for (const line of lines) {
    const blank = line.indexOf(" ");
    const name = blank < 0 ? line : line.slice(0, blank);
    if (name === "" || isDangerous(name)) continue;
    const module = blank < 0 ? undefined : /\[(.*)\]/.exec(line)?.[1];
    const known = modules.get(name);
    // Most functions are the kernel's own: they share one list.
    if (known === undefined) modules.set(name, module === undefined ? kernel : [module]);
    else if (!known.includes(module ?? "vmlinux")) modules.set(name, [...known, module ?? "vmlinux"]);
  }
  return { names: [...modules.keys()], modules };
}
