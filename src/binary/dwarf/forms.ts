/** Values of attributes: how many bytes each form takes, and what it stands for (DWARF 5, section 7.5.6). */
import { textAt } from "../elf-file.js";
import { FORM } from "./constants.js";
import { Cursor } from "./cursor.js";
import type { Unit } from "./units.js";

/** As it stands in the unit; `form` says what it means. */
export interface AttributeValue {
  readonly form: number;
  readonly value: number | string | Buffer;
}

/** Undefined: a form nobody knows, after which nothing can be read. */
export function readForm(
  cursor: Cursor,
  form: number,
  unit: Unit,
  implicit: number,
): AttributeValue | undefined {
  const is = (value: number | string | Buffer): AttributeValue => ({ form, value });
  switch (form) {
    case FORM.addr:
      return is(cursor.sized(unit.addressSize));
    case FORM.data1:
    case FORM.flag:
    case FORM.ref1:
    case FORM.strx1:
    case FORM.addrx1:
      return is(cursor.u8());
    case FORM.data2:
    case FORM.ref2:
    case FORM.strx2:
    case FORM.addrx2:
      return is(cursor.u16());
    case FORM.strx3:
    case FORM.addrx3:
      return is(cursor.u24());
    case FORM.data4:
    case FORM.ref4:
    case FORM.strx4:
    case FORM.addrx4:
    case FORM.refSup4:
      return is(cursor.u32());
    case FORM.data8:
    case FORM.ref8:
    case FORM.refSig8:
    case FORM.refSup8:
      return is(cursor.u64());
    case FORM.data16:
      return is(cursor.block(16));
    case FORM.sdata:
      return is(cursor.sleb());
    case FORM.udata:
    case FORM.refUdata:
    case FORM.strx:
    case FORM.addrx:
    case FORM.loclistx:
    case FORM.rnglistx:
    case FORM.gnuAddrIndex:
    case FORM.gnuStrIndex:
      return is(cursor.uleb());
    case FORM.strp:
    case FORM.lineStrp:
    case FORM.secOffset:
    case FORM.strpSup:
    case FORM.gnuRefAlt:
    case FORM.gnuStrpAlt:
      return is(cursor.sized(unit.offsetSize));
    // Before DWARF 3 this form was as long as an address.
    case FORM.refAddr:
      return is(cursor.sized(unit.version <= 2 ? unit.addressSize : unit.offsetSize));
    case FORM.string:
      return is(cursor.text());
    case FORM.block1:
      return is(cursor.block(cursor.u8()));
    case FORM.block2:
      return is(cursor.block(cursor.u16()));
    case FORM.block4:
      return is(cursor.block(cursor.u32()));
    case FORM.block:
    case FORM.exprloc:
      return is(cursor.block(cursor.uleb()));
    case FORM.flagPresent:
      return is(1);
    case FORM.implicitConst:
      return is(implicit);
    case FORM.indirect:
      return readForm(cursor, cursor.uleb(), unit, implicit);
  }
  return undefined;
}

/** Text of a string form; undefined for other forms and for text in another file. */
export function textOf({ form, value }: AttributeValue, unit: Unit): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value !== "number") return undefined;
  const { sections } = unit;
  switch (form) {
    case FORM.strp:
      return textAt(sections.str, value);
    case FORM.lineStrp:
      return textAt(sections.lineStr, value);
    case FORM.strx:
    case FORM.strx1:
    case FORM.strx2:
    case FORM.strx3:
    case FORM.strx4:
    case FORM.gnuStrIndex: {
      const entry = unit.strOffsetsBase + value * unit.offsetSize;
      return textAt(sections.str, new Cursor(sections.strOffsets, entry).sized(unit.offsetSize));
    }
  }
  return undefined;
}

/** An address, looked up in `.debug_addr` where the form is an index. */
export function addressOf({ form, value }: AttributeValue, unit: Unit): number | undefined {
  if (typeof value !== "number") return undefined;
  switch (form) {
    case FORM.addr:
      return value;
    case FORM.addrx:
    case FORM.addrx1:
    case FORM.addrx2:
    case FORM.addrx3:
    case FORM.addrx4:
    case FORM.gnuAddrIndex:
      return indexedAddress(unit, value);
  }
  return undefined;
}

export function indexedAddress(unit: Unit, index: number): number {
  return new Cursor(unit.sections.addr, unit.addrBase + index * unit.addressSize).sized(unit.addressSize);
}

/** Offset of the entry referred to, counted from the start of the section. */
export function referenceOf({ form, value }: AttributeValue, unit: Unit): number | undefined {
  if (typeof value !== "number") return undefined;
  switch (form) {
    case FORM.ref1:
    case FORM.ref2:
    case FORM.ref4:
    case FORM.ref8:
    case FORM.refUdata:
      return unit.start + value;
    case FORM.refAddr:
      return value;
  }
  return undefined;
}
