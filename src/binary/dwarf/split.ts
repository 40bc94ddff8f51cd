/**
 * Split DWARF: the program keeps a skeleton of each unit, the rest is in a `.dwo` file or, for all units together, in
 * a package `PROGRAM.dwp` (DWARF 5, section 7.3).
 */
import { isAbsolute, join } from "node:path";
import { type ElfFile, openElf } from "../elf-file.js";
import { hostFile } from "../file-bytes.js";
import { AT } from "./constants.js";
import { Cursor } from "./cursor.js";
import { type Entry, number, readEntry, text } from "./entries.js";
import { type DwarfSections, dwarfSections, readUnit, readUnits, type Unit } from "./units.js";

function openFile(path: string): ElfFile | undefined {
  const file = hostFile(path);
  const opened = file === undefined ? undefined : openElf(file);
  return opened?.ok === true ? opened.value : undefined;
}

/** The unit that a skeleton stands for; undefined if it is complete itself, or the file is not to be found. */
export function splitUnit(skeleton: Entry, folders: readonly string[], program: string): Unit | undefined {
  const name = text(skeleton, AT.dwoName) ?? text(skeleton, AT.gnuDwoName);
  if (name === undefined) return undefined;
  const id = skeleton.unit.dwoId ?? skeleton.attributes.get(AT.gnuDwoId)?.value;
  const unit = unitInFile(name, text(skeleton, AT.compDir) ?? "", folders) ?? unitInPackage(program, id);
  if (unit === undefined) return undefined;
  // Addresses stay with the program, so that the linker can move them.
  const sections: DwarfSections = {
    ...unit.sections,
    addr: skeleton.unit.sections.addr,
    ranges: skeleton.unit.sections.ranges,
  };
  const { addrBase } = skeleton.unit;
  return { ...unit, sections, addrBase: number(skeleton, AT.gnuAddrBase) ?? addrBase };
}

function unitInFile(name: string, compDir: string, folders: readonly string[]): Unit | undefined {
  const places = isAbsolute(name)
    ? [name]
    : [join(compDir, name), ...folders.map((folder) => join(folder, name))];
  for (const place of places) {
    const elf = openFile(place);
    const unit = elf === undefined ? undefined : readUnits(dwarfSections(elf, true)).find(isCompileUnit);
    if (unit !== undefined) return unit;
  }
  return undefined;
}

function isCompileUnit(unit: Unit): boolean {
  return readEntry(unit, unit.root) !== undefined;
}

/** DW_SECT_*: columns of the index. */
const SECTION = { info: 1, abbrev: 3, strOffsets: 6, rnglists: 8 } as const;

/** A hash table of unit ids; row n of two tables tells where each section's part of unit n lies, and its size. */
function unitInPackage(program: string, id: unknown): Unit | undefined {
  const elf = openFile(`${program}.dwp`);
  const index = elf?.section(".debug_cu_index")?.data();
  if (elf === undefined || index === undefined || index.length < 16) return undefined;
  const cursor = new Cursor(index, 0);
  const version = cursor.u32() & 0xffff;
  const columns = cursor.u32();
  const units = cursor.u32();
  const slots = cursor.u32();
  const hashes = cursor.at;
  const rows = hashes + slots * 8;
  const heads = rows + slots * 4;
  const wanted = typeof id === "bigint" ? id : BigInt(typeof id === "number" ? id : 0);
  for (let slot = 0; slot < slots; slot++) {
    const row = new Cursor(index, rows + slot * 4).u32();
    if (row === 0 || row > units) continue;
    const found = new Cursor(index, hashes + slot * 8).big();
    if (found !== wanted && Number(found) !== Number(wanted)) continue;
    const offset = (section: number): number => {
      for (let column = 0; column < columns; column++) {
        if (new Cursor(index, heads + column * 4).u32() === section)
          return new Cursor(index, heads + (row * columns + column) * 4).u32();
      }
      return 0;
    };
    const sections = dwarfSections(elf, true);
    const unit = readUnit(sections, offset(SECTION.info), offset(SECTION.abbrev));
    if (unit === undefined) return undefined;
    unit.strOffsetsBase += offset(SECTION.strOffsets);
    if (version >= 5) unit.rnglistsBase += offset(SECTION.rnglists);
    return unit;
  }
  return undefined;
}
