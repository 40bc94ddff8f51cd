/** Kernel structs in objects that other kernels will run: offsets of fields and sizes are left to libbpf (CO-RE). */
import type { TypedExpression } from "../check/typed-program.js";
import type { CoreAccess, ValueId } from "../ir/ir.js";
import type { Location } from "../lang/lowering/context.js";
import type { StructMember, StructType, Type } from "../types/type.js";
import { sizeOf } from "../types/layout.js";
import type { FunctionLowering } from "./function.js";
import { loadScalar, remoteAddress, shifted } from "./memory.js";

export type FieldRead = TypedExpression & { readonly kind: "field" };

interface Access {
  /** What the access starts from. */
  readonly object: TypedExpression;
  /** Bytes, in the target. */
  readonly offset: number;
  readonly core: CoreAccess;
}

/** One CO-RE access, the nested structs on its way included; undefined for what libbpf cannot find by name. */
function accessOf(f: FunctionLowering, e: FieldRead): Access | undefined {
  if (e.member.name === "") return undefined;
  const members: StructMember[] = [];
  let object: TypedExpression = e;
  while (object.kind === "field") {
    members.unshift(object.member);
    object = object.object;
  }
  const root = kernelStruct(f, object.type);
  if (root === undefined || members.some((member) => member.dataLoc !== undefined)) return undefined;
  const offset = members.reduce((sum, member) => sum + member.offset, 0);
  return { object, offset, core: { ...root, access: [0, ...members.map(({ index }) => index)].join(":") } };
}

/** The place of a field in kernel memory. Anonymous members keep their offset within what libbpf can find. */
export function relocatableField(f: FunctionLowering, e: FieldRead): Location | undefined {
  const found = e.member.bitfield === undefined ? accessOf(f, e) : undefined;
  if (found === undefined) return undefined;
  const at = f.locate(found.object);
  if (at.kind !== "remote" || at.space !== "kernel") return shifted(at, found.offset);
  return { ...at, base: f.b.fieldAddr(remoteAddress(f, at), found.offset, found.core), offset: 0 };
}

/** Address of a named member of a kernel struct at `base`; throws if it has none. */
export function memberAddress(f: FunctionLowering, base: ValueId, struct: StructType, name: string): ValueId {
  const member = struct.members.find((each) => each.name === name);
  if (member === undefined) throw new Error(`struct ${struct.name} has no ${name}`);
  const root = f.probe.module.relocatable ? kernelStruct(f, struct) : undefined;
  if (root === undefined) return f.b.arith("add", base, f.b.constInt(member.offset));
  return f.b.fieldAddr(base, member.offset, { ...root, access: `0:${member.index}` });
}

/**
 * A bit-field in kernel memory: the unit that holds it is read from where it lies there, and shifted as libbpf says
 * (bpf_core_calc_field_relo). Undefined for fields that are none.
 */
export function relocatableBits(f: FunctionLowering, e: FieldRead): ValueId | undefined {
  const { b } = f;
  const { bitfield } = e.member;
  const found = bitfield === undefined ? undefined : accessOf(f, e);
  if (bitfield === undefined || found === undefined) return undefined;
  const at = f.locate(found.object);
  if (at.kind !== "remote" || at.space !== "kernel") return undefined;
  const { offset, core } = found;
  const base = b.fieldAddr(remoteAddress(f, at), offset, core);
  const unit = loadScalar(
    f,
    { ...at, base, offset: 0 },
    { kind: "int", bits: unitBits(e.type), signed: false },
  );
  const { shift, width } = bitfield;
  const left = b.fieldAddr(b.constInt(0), 64 - shift - width, { ...core, kind: "lshift" });
  const right = b.fieldAddr(b.constInt(0), 64 - width, { ...core, kind: "rshift" });
  return b.arith("lshr", b.arith("shl", unit, left), right);
}

function unitBits(type: Type): 8 | 16 | 32 | 64 {
  return type.kind === "int" || type.kind === "enum" ? type.bits : 8;
}

type Root = Pick<CoreAccess, "root" | "module">;

/** A named struct of the kernel's own BTF, or of a module's; undefined for all that libbpf could not find there. */
function kernelStruct(f: FunctionLowering, type: Type): Root | undefined {
  if (type.kind !== "struct" || type.btfId === undefined || type.name === `anon_${type.btfId}`)
    return undefined;
  const [origin = ""] = type.key.split(":");
  if (origin === "btf") return { root: type.btfId };
  const module = f.target.moduleBtf(origin);
  if (module === undefined) return undefined;
  // What a module shares with the kernel has the kernel's id.
  return type.btfId < f.target.btf.typeCount ? { root: type.btfId } : { root: type.btfId, module: origin };
}

/** Is the size of this type left to the loader? */
export function hasRelocatableSize(f: FunctionLowering, type: Type): boolean {
  return f.probe.module.relocatable && kernelStruct(f, type) !== undefined;
}

/** The size of a kernel struct, as the loader finds it on the kernel at hand; undefined where the target's is meant. */
export function relocatableSize(f: FunctionLowering, type: Type): ValueId | undefined {
  const root = f.probe.module.relocatable ? kernelStruct(f, type) : undefined;
  if (root === undefined) return undefined;
  return f.b.fieldAddr(f.b.constInt(0), sizeOf(type), { ...root, access: "0", kind: "size" });
}

/** sizeof() and offsetof(); undefined where the target's number is meant. */
export function relocatableNumber(f: FunctionLowering, e: TypedExpression): ValueId | undefined {
  if (e.kind !== "constant" || e.layout === undefined) return undefined;
  const { struct, members } = e.layout;
  const value = members === undefined ? relocatableSize(f, struct) : relocatableOffset(f, struct, members);
  if (value === undefined || e.type.kind !== "int" || e.type.bits === 64) return value;
  return f.b.extend(value, e.type.bits, e.type.signed);
}

function relocatableOffset(
  f: FunctionLowering,
  struct: StructType,
  members: readonly StructMember[],
): ValueId | undefined {
  const root = f.probe.module.relocatable ? kernelStruct(f, struct) : undefined;
  if (root === undefined) return undefined;
  const offset = members.reduce((sum, member) => sum + member.offset, 0);
  const access = [0, ...members.map(({ index }) => index)].join(":");
  return f.b.fieldAddr(f.b.constInt(0), offset, { ...root, access });
}
