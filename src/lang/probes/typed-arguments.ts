/** Arguments that BTF types: those of tp_btf, fentry and fexit programs. */
import type { BtfParam } from "../../btf/types.js";
import { BtfTypes } from "../../types/from-btf.js";
import { type StructType, type Type, uint64 } from "../../types/type.js";
import type { ProviderContext } from "../provider.js";

const opened = new WeakMap<ProviderContext["target"], Map<string, BtfTypes>>();

/** The types of a module, opened once for all its functions; undefined if it carries none. */
export function moduleTypes(module: string, context: ProviderContext): BtfTypes | undefined {
  if (module === "vmlinux" || module === "") return context.types;
  const modules = opened.get(context.target) ?? new Map<string, BtfTypes>();
  opened.set(context.target, modules);
  const known = modules.get(module);
  const view = known === undefined ? context.target.moduleBtf(module) : undefined;
  if (view === undefined) return known;
  const types = new BtfTypes(view, module);
  modules.set(module, types);
  return types;
}

/** Arguments in consecutive eight-byte slots, as the programs get them. */
export function argumentStruct(name: string, params: readonly BtfParam[], types: BtfTypes): StructType {
  return {
    kind: "struct",
    union: false,
    name,
    key: `args:${name}`,
    size: params.length * 8,
    align: 8,
    members: params.map((param, index) => ({
      name: param.name === "" ? `arg${index}` : param.name,
      type: slotType(types.typeOf(param.type)),
      offset: index * 8,
      index,
    })),
  };
}

/** What fits no slot (a struct by value) is seen as its first eight bytes. */
function slotType(type: Type): Type {
  return type.kind === "struct" || type.kind === "array" || type.kind === "string" ? uint64 : type;
}
