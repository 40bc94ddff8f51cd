/** Arguments that BTF types: those of tp_btf, fentry and fexit programs. */
import type { BtfParam, BtfTypeId } from "../../btf/types.js";
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
  const types = new BtfTypes(() => view, module);
  modules.set(module, types);
  return types;
}

/** A struct, union, enum or typedef by name, as a module has it; undefined for the kernel's own functions. */
export function moduleType(
  module: string,
  context: ProviderContext,
): ((name: string) => Type | undefined) | undefined {
  if (module === "vmlinux" || module === "") return undefined;
  return (name) => {
    const types = moduleTypes(module, context);
    const id = types?.view.findTypedef(name) ?? types?.view.findEnum(name);
    return (
      types?.findStruct(name, false) ??
      types?.findStruct(name, true) ??
      (id === undefined ? undefined : types?.typeOf(id))
    );
  };
}

/**
 * Does the verifier let a tp_btf program read all of these? Of pointers it knows those to structs, integers and void;
 * a function's address, say, it refuses (btf_ctx_access in kernel/bpf/btf.c).
 */
export function verifierReads(params: readonly BtfParam[], types: BtfTypes): boolean {
  const plain = (id: BtfTypeId) => {
    let type = types.view.type(id);
    while ("type" in type && PASSED_OVER.has(type.kind)) type = types.view.type(type.type);
    return type;
  };
  return params.every((param) => {
    const type = plain(param.type);
    return type.kind !== "ptr" || POINTED_AT.has(plain(type.type).kind);
  });
}

const PASSED_OVER: ReadonlySet<string> = new Set(["typedef", "const", "volatile", "restrict", "type_tag"]);
const POINTED_AT: ReadonlySet<string> = new Set(["struct", "union", "int", "void", "fwd"]);

/**
 * Arguments in consecutive eight-byte slots, as the programs get them; a struct by value takes as many as it needs
 * (btf_ctx_access in kernel/bpf/btf.c).
 */
export function argumentStruct(name: string, params: readonly BtfParam[], types: BtfTypes): StructType {
  const starts = [0];
  for (const { type } of params)
    starts.push((starts.at(-1) ?? 0) + Math.max(8, Math.ceil((types.view.sizeOf(type) ?? 8) / 8) * 8));
  return {
    kind: "struct",
    union: false,
    name: `${name}_args`,
    key: `args:${name}`,
    size: starts.at(-1) ?? 0,
    align: 8,
    members: params.map((param, index) => ({
      name: param.name === "" ? `arg${index}` : param.name,
      type: slotType(types.typeOf(param.type)),
      offset: starts[index] ?? 0,
      index,
    })),
  };
}

/** What fits no slot (a struct by value) is seen as its first eight bytes. */
function slotType(type: Type): Type {
  return type.kind === "struct" || type.kind === "array" || type.kind === "string" ? uint64 : type;
}
