/**
 * Kernel functions an object calls, as libbpf wants them (bpf_object__collect_externs): an undefined symbol, an extern
 * `func` with its prototype in the data section `.ksyms`. libbpf finds the function by name, in the kernel or a module,
 * and compares prototypes by kinds: names of structs are kept for readers, members are not needed.
 */
import type { BtfBuilder } from "../btf/encode.js";
import { type BtfTypeId, type BtfView, btfTypeId } from "../btf/types.js";
import type { CFunctions } from "../check/c-objects.js";
import type { CompiledFunction } from "../codegen/compile.js";
import type { ElfSymbol } from "../elf/writer.js";
import type { Target } from "../target/target.js";

/** Kernel functions a compiled function calls. */
export function kfuncsOf(fn: CompiledFunction): readonly string[] {
  return fn.items.flatMap((item) => (item.kind === "callKfunc" ? [item.symbol] : []));
}

/**
 * Declares each as an extern: the kernel's in `.ksyms`, those of imported C, which the linker finds, in no section.
 * Throws if the target has no such function: the checker asked before.
 */
export function addExterns(
  names: ReadonlySet<string>,
  target: Target,
  functions: CFunctions | undefined,
  btf: BtfBuilder,
  symbols: ElfSymbol[],
): void {
  const vars: { type: BtfTypeId; offset: number; size: number }[] = [];
  for (const name of names) {
    const imported = functions?.find(name);
    const found = imported ?? target.kfunc(name);
    const func = found?.btf.type(found.id);
    if (found === undefined || func?.kind !== "func") throw new Error(`the target has no function ${name}`);
    const proto = new Prototypes(found.btf, btf).translate(func.type);
    symbols.push({ name, section: undefined, value: 0, size: 0, type: "notype", binding: "global" });
    const type = btf.func(name, proto, "extern");
    if (imported === undefined) vars.push({ type, offset: 0, size: 0 });
  }
  if (vars.length > 0) btf.datasec(".ksyms", 0, vars);
}

/** Pointers to pointers to functions … end somewhere: libbpf compares no deeper than this. */
const MAX_DEPTH = 32;

class Prototypes {
  constructor(
    private readonly from: BtfView,
    private readonly btf: BtfBuilder,
  ) {}

  translate(id: BtfTypeId, depth = 0): BtfTypeId {
    const type = this.from.type(this.from.strip(id));
    const inner = (of: BtfTypeId): BtfTypeId =>
      depth >= MAX_DEPTH ? btfTypeId(0) : this.translate(of, depth + 1);
    switch (type.kind) {
      case "ptr":
        return this.btf.ptr(inner(type.type));
      case "struct":
      case "union":
        return this.btf.add({ ...type, size: 0, members: [] });
      case "enum":
        return this.btf.add({ ...type, values: [] });
      case "array":
        return this.btf.array(inner(type.element), type.length);
      case "func_proto":
        return this.btf.funcProto(
          inner(type.ret),
          type.params.map(({ name, type: param }) => ({ name, type: inner(param) })),
        );
      case "int":
      case "float":
      case "fwd":
        return this.btf.add(type);
      default:
        return btfTypeId(0);
    }
  }
}
