/** Line tables: which address belongs to a line of a source file (DWARF 5, section 6.2). */
import { textAt } from "../elf-file.js";
import { FORM } from "./constants.js";
import { Cursor } from "./cursor.js";
import { readForm, textOf } from "./forms.js";
import type { Unit } from "./units.js";

export interface LineRow {
  readonly address: number;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** A debugger would stop here; other rows say where code of the line is mixed with that of others. */
  readonly isStatement: boolean;
}

interface LineHeader {
  readonly version: number;
  readonly minimumLength: number;
  readonly isStatement: boolean;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  readonly operandCounts: readonly number[];
  readonly files: readonly string[];
  readonly program: Cursor;
}

/** DW_LNCT_* */
const CONTENT = { path: 1, directory: 2 } as const;

/** Rows of files that `wanted` accepts, in the program's order. */
export function lineRows(
  unit: Unit,
  at: number,
  compDir: string,
  wanted: (file: string) => boolean,
): LineRow[] {
  const header = readHeader(unit, at, compDir);
  if (header === undefined) return [];
  // File 0 is the unit itself only since DWARF 5.
  const accepted = header.files.map((file) => file !== "" && wanted(file));
  return accepted.includes(true) ? runProgram(header, accepted) : [];
}

function readHeader(unit: Unit, at: number, compDir: string): LineHeader | undefined {
  const cursor = new Cursor(unit.sections.line, at);
  let length = cursor.u32();
  let offsetSize = 4;
  if (length === 0xffff_ffff) {
    length = cursor.u64();
    offsetSize = 8;
  }
  const end = cursor.at + length;
  const version = cursor.u16();
  if (version < 2 || version > 5 || end > unit.sections.line.length) return undefined;
  if (version >= 5) cursor.at += 2;
  const headerLength = cursor.sized(offsetSize);
  const program = cursor.at + headerLength;
  const minimumLength = cursor.u8();
  if (version >= 4) cursor.at += 1;
  const isStatement = cursor.u8() !== 0;
  const lineBase = (cursor.u8() << 24) >> 24;
  const lineRange = cursor.u8();
  const opcodeBase = cursor.u8();
  if (lineRange === 0 || opcodeBase === 0) return undefined;
  const operandCounts = Array.from({ length: opcodeBase - 1 }, () => cursor.u8());
  const files = version >= 5 ? newTables(cursor, { ...unit, offsetSize }) : oldTables(cursor, compDir);
  return {
    version,
    minimumLength,
    isStatement,
    lineBase,
    lineRange,
    opcodeBase,
    operandCounts,
    files,
    program: new Cursor(unit.sections.line, program, end),
  };
}

/** Folders and files as texts; folder 0 is the unit's. File numbers begin with 1. */
function oldTables(cursor: Cursor, compDir: string): string[] {
  const folders = [compDir];
  for (let folder = cursor.text(); folder !== "" && !cursor.done; folder = cursor.text()) {
    folders.push(joined(compDir, folder));
  }
  const files = [""];
  for (let file = cursor.text(); file !== "" && !cursor.done; file = cursor.text()) {
    files.push(joined(folders[cursor.uleb()] ?? "", file));
    cursor.uleb();
    cursor.uleb();
  }
  return files;
}

function newTables(cursor: Cursor, unit: Unit): string[] {
  const folders = entryTable(cursor, unit).map(({ path }) => path);
  const root = folders[0] ?? "";
  return entryTable(cursor, unit).map(({ path, directory }) =>
    joined(joined(root, folders[directory] ?? ""), path),
  );
}

function entryTable(cursor: Cursor, unit: Unit): { path: string; directory: number }[] {
  const formats = Array.from({ length: cursor.u8() }, () => [cursor.uleb(), cursor.uleb()] as const);
  const found: { path: string; directory: number }[] = [];
  const count = cursor.uleb();
  for (let i = 0; i < count && !cursor.done; i++) {
    let path = "";
    let directory = 0;
    for (const [content, form] of formats) {
      const value = readForm(cursor, form, unit, 0);
      if (value === undefined) return found;
      if (content === CONTENT.path) {
        const plain = typeof value.value === "number" && value.form === FORM.lineStrp;
        path = plain ? textAt(unit.sections.lineStr, Number(value.value)) : (textOf(value, unit) ?? "");
      } else if (content === CONTENT.directory && typeof value.value === "number") directory = value.value;
    }
    found.push({ path, directory });
  }
  return found;
}

function joined(folder: string, path: string): string {
  if (path.startsWith("/") || folder === "") return path;
  return path === "" ? folder : `${folder}/${path.replace(/^\.\//, "")}`;
}

/** The machine of section 6.2.2: opcodes move a row along; some append it to the table. */
function runProgram(header: LineHeader, accepted: readonly boolean[]): LineRow[] {
  const { program, lineBase, lineRange, opcodeBase, minimumLength } = header;
  const rows: LineRow[] = [];
  const start = { address: 0, file: 1, line: 1, column: 0, isStatement: header.isStatement };
  let row = { ...start };
  const append = (): void => {
    if (accepted[row.file] === true) {
      rows.push({
        address: row.address,
        file: header.files[row.file] ?? "",
        line: row.line,
        column: row.column,
        isStatement: row.isStatement,
      });
    }
  };
  while (!program.done) {
    const opcode = program.u8();
    if (opcode >= opcodeBase) {
      const adjusted = opcode - opcodeBase;
      row.address += Math.floor(adjusted / lineRange) * minimumLength;
      row.line += lineBase + (adjusted % lineRange);
      append();
      continue;
    }
    switch (opcode) {
      case 0: {
        const size = program.uleb();
        const next = program.at + size;
        const extended = program.u8();
        if (extended === 1) row = { ...start };
        else if (extended === 2) row.address = program.sized(size - 1);
        program.at = next;
        break;
      }
      case 1:
        append();
        break;
      case 2:
        row.address += program.uleb() * minimumLength;
        break;
      case 3:
        row.line += program.sleb();
        break;
      case 4:
        row.file = program.uleb();
        break;
      case 5:
        row.column = program.uleb();
        break;
      case 6:
        row.isStatement = !row.isStatement;
        break;
      case 8:
        row.address += Math.floor((255 - opcodeBase) / lineRange) * minimumLength;
        break;
      case 9:
        row.address += program.u16();
        break;
      default:
        for (let i = 0; i < (header.operandCounts[opcode - 1] ?? 0); i++) program.uleb();
    }
  }
  return rows;
}
