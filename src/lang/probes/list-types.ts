/** `-l 'struct task_*'`: types of the kernel and its modules by name; with `-v` all of them. */
import { define } from "../../btf/print-c.js";
import type { BtfTypeId, BtfView } from "../../btf/types.js";
import type { Target } from "../../target/target.js";
import { wildcard } from "./wildcard.js";

const KINDS = ["struct", "union", "enum"] as const;
type Kind = (typeof KINDS)[number];

/** Is a search pattern one for types? */
export function isTypePattern(pattern: string): boolean {
  return KINDS.some((kind) => pattern.startsWith(`${kind} `));
}

/** Lines: a name each, or a module and a definition. */
export function* listTypes(target: Target, pattern: string, verbose: boolean): Generator<string> {
  const [word = "", ...rest] = pattern.split(" ");
  const kind = KINDS.find((each) => each === word) ?? "struct";
  const matches = wildcard(rest.join(" ").trim());
  const seen = new Set<string>();
  for (const module of ["vmlinux", ...target.modules()]) {
    const view = module === "vmlinux" ? target.btf : target.moduleBtf(module);
    if (view === undefined) continue;
    for (const name of [...new Set(view.typeNames())].sort()) {
      if (!matches(name) || seen.has(name)) continue;
      const id = find(view, kind, name);
      if (id === undefined) continue;
      seen.add(name);
      yield verbose ? `${module}: ${define(view, id)};\n` : `${kind} ${name}`;
    }
  }
}

function find(view: BtfView, kind: Kind, name: string): BtfTypeId | undefined {
  switch (kind) {
    case "struct":
      return view.findStruct(name);
    case "union":
      return view.findUnion(name);
    case "enum":
      return view.findEnum(name);
  }
}
