/** Fields of kernel structs in objects that other kernels will run: their offsets are left to libbpf (CO-RE). */
import type { TypedExpression } from "../check/typed-program.js";
import type { CoreAccess } from "../ir/ir.js";
import type { Location } from "../lang/lowering/context.js";
import type { StructMember, Type } from "../types/type.js";
import type { FunctionLowering } from "./function.js";
import { remoteAddress, shifted } from "./memory.js";

export type FieldRead = TypedExpression & { readonly kind: "field" };

/**
 * The place of a field, by one CO-RE access in kernel memory, the nested structs on its way included. Undefined for
 * what libbpf cannot find by name: bit-fields and anonymous members keep their offset within what it can find.
 */
export function relocatableField(f: FunctionLowering, e: FieldRead): Location | undefined {
  if (e.member.name === "" || e.member.bitfield !== undefined) return undefined;
  const members: StructMember[] = [];
  let object: TypedExpression = e;
  while (object.kind === "field") {
    members.unshift(object.member);
    object = object.object;
  }
  const root = kernelStruct(object.type);
  if (root === undefined || members.some((member) => member.dataLoc !== undefined)) return undefined;
  const offset = members.reduce((sum, member) => sum + member.offset, 0);
  const at = f.locate(object);
  if (at.kind !== "remote" || at.space !== "kernel") return shifted(at, offset);
  const core: CoreAccess = { root, access: [0, ...members.map((member) => member.index)].join(":") };
  return { ...at, base: f.b.fieldAddr(remoteAddress(f, at), offset, core), offset: 0 };
}

/** Id of a named struct in the kernel's own BTF; modules' types have ids of their own and keep their offsets. */
function kernelStruct(type: Type): number | undefined {
  if (type.kind !== "struct" || !type.key.startsWith("btf:")) return undefined;
  return type.name === `anon_${type.btfId}` ? undefined : type.btfId;
}
