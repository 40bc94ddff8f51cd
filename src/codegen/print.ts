/** Listings for `--dump=alloc` and `--dump=bpf`, each source line above the instructions it became. */
import { disassembleInsn } from "../bpf/disassemble.js";
import type { Item } from "../bpf/insn.js";
import type { Sources } from "../base/source.js";
import { HELPERS } from "../bpf/helpers.js";
import type { CompiledFunction, CompiledModule } from "./compile.js";

const helperNames: ReadonlyMap<number, string> = new Map(Object.values(HELPERS).map((h) => [h.id, h.name]));

/** Where each virtual register and slot went. */
export function printAllocation(compiled: CompiledModule, sources: Sources): string {
  return compiled.functions
    .map((fn) => {
      const registers = [...fn.allocation.registers].map(([reg, machine]) => `v${reg}=r${machine}`).join(" ");
      const slots = fn.ir.slots.map(
        (slot, id) => `${slot.name === "" ? `slot${id}` : slot.name}@${fn.frame.slots[id]}`,
      );
      const head = `${fn.ir.name}: frame ${fn.frame.size} bytes, ${fn.allocation.spills} spilled`;
      return `${head}\n  registers ${registers}\n  slots ${slots.join(" ")}\n${listing(fn, compiled, sources)}`;
    })
    .join("\n");
}

/** The final instructions as the kernel's own notation has them. */
export function printBytecode(compiled: CompiledModule, sources: Sources): string {
  return compiled.functions
    .map((fn) => `${fn.ir.name}: ${countSlots(fn.items)} instructions\n${listing(fn, compiled, sources)}`)
    .join("\n");
}

/** 64-bit immediates take two. */
function countSlots(items: readonly Item[]): number {
  let count = 0;
  for (const item of items) {
    if (item.kind === "label") continue;
    count +=
      item.kind === "loadImm64" || item.kind.startsWith("loadM") || item.kind === "loadFunction" ? 2 : 1;
  }
  return count;
}

function listing(fn: CompiledFunction, compiled: CompiledModule, sources: Sources): string {
  let out = "";
  let shown = "";
  let at = 0;
  for (const item of fn.items) {
    if (item.kind === "label") {
      out += `L${item.label}:\n`;
      continue;
    }
    const span = item.span === undefined ? undefined : compiled.spans[item.span];
    if (span !== undefined) {
      const { line } = sources.position(span.source, span.start);
      const text = `${sources.get(span.source).name}:${line}: ${sources.line(span.source, line).trim()}`;
      if (text !== shown) out += `; ${text}\n`;
      shown = text;
    }
    const helper = item.kind === "callHelper" ? ` ; ${helperNames.get(item.helper) ?? "?"}` : "";
    out += `${String(at).padStart(5)}: ${disassembleInsn(item)}${helper}\n`;
    at += countSlots([item]);
  }
  return out;
}
