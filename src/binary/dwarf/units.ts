/** Units of `.debug_info`, their abbreviations, and the sections their attributes point into. */
import type { ElfFile } from "../elf-file.js";
import { UNIT } from "./constants.js";
import { Cursor } from "./cursor.js";

export interface DwarfSections {
  readonly info: Buffer;
  readonly abbrev: Buffer;
  readonly str: Buffer;
  readonly lineStr: Buffer;
  readonly strOffsets: Buffer;
  readonly addr: Buffer;
  readonly line: Buffer;
  readonly ranges: Buffer;
  readonly rnglists: Buffer;
}

export interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  /** Attribute, form and, for DW_FORM_implicit_const, the value. */
  readonly attributes: readonly (readonly [attribute: number, form: number, implicit: number])[];
}

export interface Unit {
  readonly sections: DwarfSections;
  readonly version: number;
  readonly addressSize: number;
  /** 4 or 8: the 32-bit or the 64-bit format. */
  readonly offsetSize: number;
  /** Of the header, in the section. */
  readonly start: number;
  /** Of the first entry. */
  readonly root: number;
  readonly end: number;
  /** Of a skeleton and its split unit: what joins them. */
  readonly dwoId: bigint | undefined;
  readonly abbreviations: () => ReadonlyMap<number, Abbreviation>;
  /** Told by the root entry (of the skeleton). */
  strOffsetsBase: number;
  addrBase: number;
  rnglistsBase: number;
}

/** Contents of a file's debug sections; `.dwo` sections where `split`. */
export function dwarfSections(elf: ElfFile, split: boolean): DwarfSections {
  const section = (name: string): Buffer =>
    elf.section(split ? `.debug_${name}.dwo` : `.debug_${name}`)?.data() ?? Buffer.alloc(0);
  return {
    info: section("info"),
    abbrev: section("abbrev"),
    str: section("str"),
    lineStr: section("line_str"),
    strOffsets: section("str_offsets"),
    addr: section("addr"),
    line: section("line"),
    ranges: section("ranges"),
    rnglists: section("rnglists"),
  };
}

/** Headers of all units. A broken one ends the list. */
export function readUnits(sections: DwarfSections): Unit[] {
  const units: Unit[] = [];
  for (let at = 0; at + 11 < sections.info.length; ) {
    const unit = readUnit(sections, at, 0);
    if (unit === undefined) break;
    units.push(unit);
    at = unit.end;
  }
  return units;
}

/** `abbrevBase`: where this unit's contribution begins, in a package of split units. */
export function readUnit(sections: DwarfSections, start: number, abbrevBase: number): Unit | undefined {
  const cursor = new Cursor(sections.info, start);
  let length = cursor.u32();
  let offsetSize = 4;
  if (length === 0xffff_ffff) {
    length = cursor.u64();
    offsetSize = 8;
  }
  const end = cursor.at + length;
  const version = cursor.u16();
  if (version < 2 || version > 5 || end > sections.info.length) return undefined;
  let addressSize = 8;
  let abbrevOffset: number;
  let dwoId: bigint | undefined;
  if (version >= 5) {
    const type = cursor.u8();
    addressSize = cursor.u8();
    abbrevOffset = cursor.sized(offsetSize);
    if (type === UNIT.skeleton || type === UNIT.splitCompile) dwoId = cursor.big();
    if (type === UNIT.type || type === UNIT.splitType) cursor.at += 8 + offsetSize;
  } else {
    abbrevOffset = cursor.sized(offsetSize);
    addressSize = cursor.u8();
  }
  let abbreviations: ReadonlyMap<number, Abbreviation> | undefined;
  return {
    sections,
    version,
    addressSize,
    offsetSize,
    start,
    root: cursor.at,
    end,
    dwoId,
    abbreviations: () => {
      abbreviations ??= readAbbreviations(sections.abbrev, abbrevBase + abbrevOffset);
      return abbreviations;
    },
    // Without an attribute: just after the header of the table, as DWARF 5 has it in split units.
    strOffsetsBase: version >= 5 ? offsetSize * 2 : 0,
    addrBase: version >= 5 ? offsetSize * 2 : 0,
    rnglistsBase: version >= 5 ? offsetSize * 2 + 4 : 0,
  };
}

function readAbbreviations(bytes: Buffer, at: number): ReadonlyMap<number, Abbreviation> {
  const found = new Map<number, Abbreviation>();
  const cursor = new Cursor(bytes, at);
  while (!cursor.done) {
    const code = cursor.uleb();
    if (code === 0) break;
    const tag = cursor.uleb();
    const hasChildren = cursor.u8() === 1;
    const attributes: (readonly [number, number, number])[] = [];
    for (;;) {
      const attribute = cursor.uleb();
      const form = cursor.uleb();
      const implicit = form === 0x21 ? cursor.sleb() : 0;
      if ((attribute === 0 && form === 0) || cursor.done) break;
      attributes.push([attribute, form, implicit]);
    }
    found.set(code, { tag, hasChildren, attributes });
  }
  return found;
}
