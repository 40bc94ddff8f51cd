/** Where debug information refers to itself: what makes circles of types when it is forged. */
import { FORM } from "../../../src/binary/dwarf/constants.js";
import { Cursor } from "../../../src/binary/dwarf/cursor.js";
import { readForm } from "../../../src/binary/dwarf/forms.js";
import { dwarfSections, readUnits, type Unit } from "../../../src/binary/dwarf/units.js";
import { openElf } from "../../../src/binary/elf-file.js";
import { memoryFile } from "../../../src/binary/file-bytes.js";

export interface References {
  /** Places in the file of numbers of 32 bits: offsets of entries from their unit's start. `own`: of whose they are. */
  readonly places: readonly { readonly at: number; readonly own: number }[];
  /** What such a number may be: the entries of the first unit. */
  readonly entries: readonly number[];
}

export function referencesIn(bytes: Buffer, split: boolean): References {
  const elf = openElf(memoryFile(bytes));
  const [unit] = elf.ok ? readUnits(dwarfSections(elf.value, split)) : [];
  const at = elf.ok ? elf.value.section(split ? ".debug_info.dwo" : ".debug_info")?.offset : undefined;
  return unit === undefined || at === undefined ? { places: [], entries: [] } : referencesOf(unit, at);
}

function referencesOf(unit: Unit, sectionAt: number): References {
  const places: { at: number; own: number }[] = [];
  const entries: number[] = [];
  const cursor = new Cursor(unit.sections.info, unit.root, unit.end);
  while (!cursor.done) {
    const own = cursor.at - unit.start;
    entries.push(own);
    for (const [, form, implicit] of unit.abbreviations().get(cursor.uleb())?.attributes ?? []) {
      if (form === FORM.ref4) places.push({ at: sectionAt + cursor.at, own });
      readForm(cursor, form, unit, implicit);
    }
  }
  return { places, entries };
}
