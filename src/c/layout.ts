/**
 * Where the members of a C struct or union lie, as gcc and clang lay them out on Linux: System V ABI for
 * x86-64 (section 3.1.2) and AAPCS64 (section 10), which differ for structs in one point only, see
 * `unnamedAligns`. All positions are in bits.
 */
import { roundUp } from "../types/layout.js";

export interface MemberShape {
  /** Bytes. */
  readonly size: number;
  readonly align: number;
  /** Width of a bit-field. */
  readonly bits: number | undefined;
  readonly named: boolean;
  readonly packed: boolean;
  /** `aligned(n)` of the member itself, 0 if it has none. */
  readonly aligned: number;
}

export interface RecordShape {
  readonly union: boolean;
  readonly packed: boolean;
  /** `aligned(n)` of the whole, 0 if it has none. */
  readonly aligned: number;
  /** `#pragma pack(n)`: no member is aligned to more. */
  readonly pack: number | undefined;
  readonly members: readonly MemberShape[];
}

export interface RecordLayout {
  /** In bits from the start, one for each member. */
  readonly offsets: readonly number[];
  /** Bytes. */
  readonly size: number;
  readonly align: number;
}

export function layOut(record: RecordShape, arm64: boolean): RecordLayout {
  const offsets: number[] = [];
  let end = 0;
  let largest = 0;
  let align = Math.max(1, record.aligned);
  for (const member of record.members) {
    const from = record.union ? 0 : end;
    const placed =
      member.bits === undefined
        ? placeWhole(member, from, record)
        : placeBits(member, member.bits, from, record);
    offsets.push(placed.offset);
    end = placed.offset + (member.bits ?? member.size * 8);
    largest = Math.max(largest, end);
    // AAPCS64 10.1.8: a bit-field without name aligns its struct like any other; System V: it does not.
    if (member.named || member.bits === undefined || arm64) align = Math.max(align, placed.align);
  }
  return { offsets, size: roundUp(Math.ceil(largest / 8), align), align };
}

interface Placed {
  readonly offset: number;
  /** Bytes that the whole must be aligned to for this member's sake. */
  readonly align: number;
}

function placeWhole(member: MemberShape, from: number, record: RecordShape): Placed {
  const align = effectiveAlign(member, record);
  return { offset: roundUp(from, align * 8), align };
}

function placeBits(member: MemberShape, bits: number, from: number, record: RecordShape): Placed {
  // A width of zero ends the unit, packed or not.
  if (bits === 0) {
    const unit = Math.max(member.align, member.aligned);
    return { offset: roundUp(from, unit * 8), align: record.packed ? 1 : unit };
  }
  const align = effectiveAlign(member, record);
  const packed = member.packed || record.packed;
  let offset = from;
  if (member.aligned > 0) offset = roundUp(offset, member.aligned * 8);
  // A bit-field may not cross the end of a unit of its type, unless something is packed.
  else if (!packed && record.pack === undefined && (offset % (align * 8)) + bits > member.size * 8) {
    offset = roundUp(offset, align * 8);
  }
  return { offset, align };
}

function effectiveAlign(member: MemberShape, record: RecordShape): number {
  const natural = member.packed || record.packed ? 1 : member.align;
  const asked = Math.max(natural, member.aligned);
  return record.pack === undefined ? asked : Math.min(asked, record.pack);
}
