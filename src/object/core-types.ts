/**
 * The types CO-RE accesses start from, as small as libbpf's comparison allows (bpf_core_match_member and
 * bpf_core_fields_are_compat in its relo_core.c): structs by name with the members that some access passes, at the
 * target's offsets. Integers, arrays and enums keep their kind, pointers lose what they point at.
 */
import type { CoreField } from "../bpf/insn.js";
import type { BtfBuilder } from "../btf/encode.js";
import { type BtfStruct, type BtfTypeId, type BtfView, btfTypeId } from "../btf/types.js";

/** An access in terms of the object's own BTF. */
export interface LocalAccess {
  readonly type: BtfTypeId;
  readonly access: string;
}

export class CoreTypes {
  /** Indices of the members used, by the struct's id in the target. */
  private readonly used = new Map<BtfTypeId, Set<number>>();
  private readonly local = new Map<BtfTypeId, BtfTypeId>();

  /** Every access the object makes: a struct is written once, with all members that are used. */
  constructor(
    private readonly target: BtfView,
    private readonly btf: BtfBuilder,
    accesses: Iterable<CoreField>,
  ) {
    for (const access of accesses) {
      for (const { id, index } of this.steps(access)) {
        const members = this.used.get(id) ?? new Set();
        this.used.set(id, members.add(index));
      }
    }
  }

  translate(field: CoreField): LocalAccess {
    const steps = this.steps(field).map(({ id, index }) => this.members(id).indexOf(index));
    return { type: this.typeOf(btfTypeId(field.root)), access: [0, ...steps].join(":") };
  }

  /** The structs an access passes, and the member it takes of each. */
  private steps({ root, access }: CoreField): readonly { readonly id: BtfTypeId; readonly index: number }[] {
    let id = btfTypeId(root);
    // The first index steps over whole structs and is always 0.
    return access
      .split(":")
      .slice(1)
      .map((text) => {
        const step = { id, index: Number(text) };
        const member = this.structAt(id).members[step.index];
        if (member === undefined) throw new Error(`type ${id} has no member ${step.index}`);
        id = this.target.strip(member.type);
        return step;
      });
  }

  private structAt(id: BtfTypeId): BtfStruct {
    const type = this.target.type(id);
    if (type.kind !== "struct" && type.kind !== "union") throw new Error(`type ${id} has no members`);
    return type;
  }

  /** In the order of the struct, which the kernel's check of BTF wants. */
  private members(id: BtfTypeId): readonly number[] {
    return [...(this.used.get(id) ?? [])].sort((a, b) => a - b);
  }

  private typeOf(id: BtfTypeId): BtfTypeId {
    const known = this.local.get(id);
    if (known !== undefined) return known;
    const made = this.make(this.target.strip(id));
    this.local.set(id, made);
    return made;
  }

  private make(id: BtfTypeId): BtfTypeId {
    const type = this.target.type(id);
    switch (type.kind) {
      case "struct":
      case "union": {
        const members = this.members(id).flatMap((index) => {
          const member = type.members[index];
          return member === undefined ? [] : [{ ...member, type: this.typeOf(member.type) }];
        });
        return this.btf.add({ ...type, members });
      }
      case "array":
        return this.btf.array(this.typeOf(type.element), type.length);
      case "enum":
        return this.btf.add({ ...type, values: [] });
      case "int":
      case "float":
        return this.btf.add(type);
      case "ptr":
        return this.btf.ptr(btfTypeId(0));
      default:
        throw new Error(`a member of kind ${type.kind} has no place`);
    }
  }
}
