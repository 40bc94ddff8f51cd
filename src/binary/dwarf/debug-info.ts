/** What a program's debug information tells of its functions, types and lines. Units are read when asked for. */
import type { Type } from "../../types/type.js";
import type { ElfFile } from "../elf-file.js";
import { AT, TAG } from "./constants.js";
import { address, children, type Entry, number, readEntry, refer, text } from "./entries.js";
import { type LineRow, lineRows } from "./lines.js";
import { covers, type Range, rangesOf } from "./ranges.js";
import { type Shape, shapeOf } from "./shape.js";
import { splitUnit } from "./split.js";
import { DwarfTypes } from "./types.js";
import { dwarfSections, readUnits, type Unit } from "./units.js";

export interface DebugParameter {
  readonly name: string;
  readonly type: () => Type;
  readonly shape: () => Shape;
  /** As C writes it. */
  readonly typeText: () => string;
}

export interface DebugFunction {
  readonly parameters: readonly DebugParameter[];
  readonly result: () => Type;
  readonly resultShape: () => Shape;
}

export interface DebugInfo {
  /** The function that begins at an address. */
  function(at: number): DebugFunction | undefined;
  /** A struct, union, enum or typedef by its name. */
  type(name: string): Type | undefined;
  /** Rows of the line table for files whose path ends with `file`. */
  lines(file: string): readonly LineRow[];
}

/** One unit: its own root, what it covers, and where its entries are (elsewhere if split). */
interface LoadedUnit {
  readonly root: Entry;
  readonly low: number;
  readonly ranges: readonly Range[];
  readonly contents: () => Entry;
}

/** Undefined: the file has no debug information. `path`: of the program, to which split files belong. */
export function debugInfo(elf: ElfFile, path: string, folders: readonly string[]): DebugInfo | undefined {
  if (elf.section(".debug_info") === undefined) return undefined;
  let loaded: readonly LoadedUnit[] | undefined;
  const units = (): readonly LoadedUnit[] => {
    loaded ??= readUnits(dwarfSections(elf, false)).flatMap((unit) => loadUnit(unit, path, folders));
    return loaded;
  };
  let named: ReadonlyMap<string, Entry> | undefined;
  const definition = (name: string): Entry | undefined => {
    named ??= namedTypes(units());
    return named.get(name);
  };
  let known: DwarfTypes | undefined;
  const types = (): DwarfTypes => {
    known ??= new DwarfTypes(
      units().map(({ contents }) => contents().unit),
      `dwarf:${path}`,
      definition,
    );
    return known;
  };
  return {
    function: (at) => {
      const found = findFunction(units(), at);
      return found === undefined ? undefined : describeFunction(found, types(), units());
    },
    type: (name) => {
      const found = definition(name);
      return found === undefined ? undefined : types().type(found);
    },
    lines: (file) => linesIn(units(), file),
  };
}

function loadUnit(unit: Unit, path: string, folders: readonly string[]): LoadedUnit[] {
  const bare = readEntry(unit, unit.root);
  if (bare === undefined) return [];
  // The root's own texts and addresses may be indices: bases first.
  unit.strOffsetsBase = number(bare, AT.strOffsetsBase) ?? unit.strOffsetsBase;
  unit.addrBase = number(bare, AT.addrBase) ?? number(bare, AT.gnuAddrBase) ?? unit.addrBase;
  unit.rnglistsBase = number(bare, AT.rnglistsBase) ?? unit.rnglistsBase;
  const low = address(bare, AT.lowPc) ?? 0;
  let contents: Entry | undefined;
  return [
    {
      root: bare,
      low,
      ranges: rangesOf(bare, low),
      contents: () => {
        if (contents === undefined) {
          const split = splitUnit(bare, folders, path);
          contents = (split === undefined ? undefined : readEntry(split, split.root)) ?? bare;
        }
        return contents;
      },
    },
  ];
}

/** Types at the top of units and in namespaces; the first definition of a name. */
function namedTypes(units: readonly LoadedUnit[]): ReadonlyMap<string, Entry> {
  const found = new Map<string, Entry>();
  const kinds: ReadonlySet<number> = new Set([
    TAG.structure,
    TAG.class,
    TAG.union,
    TAG.enumeration,
    TAG.typedef,
  ]);
  const visit = (parent: Entry): void => {
    for (const child of children(parent)) {
      if (child.tag === TAG.namespace) visit(child);
      if (!kinds.has(child.tag) || child.attributes.has(AT.declaration)) continue;
      const name = text(child, AT.name);
      // A typedef must not hide the struct of the same name.
      const earlier = name === undefined ? undefined : found.get(name);
      if (name !== undefined && (earlier === undefined || earlier.tag === TAG.typedef))
        found.set(name, child);
    }
  };
  for (const unit of units) visit(unit.contents());
  return found;
}

function findFunction(units: readonly LoadedUnit[], at: number): Entry | undefined {
  for (const unit of units) {
    if (unit.ranges.length > 0 && !covers(unit.ranges, at)) continue;
    const found = functionIn(unit.contents(), at, unit.low);
    if (found !== undefined) return found;
  }
  return undefined;
}

const SCOPES: ReadonlySet<number> = new Set([TAG.namespace, TAG.structure, TAG.class, TAG.union]);

function functionIn(parent: Entry, at: number, base: number): Entry | undefined {
  for (const child of children(parent)) {
    if (child.tag === TAG.subprogram) {
      const ranges = rangesOf(child, base);
      if (ranges.some(([from]) => from === at)) return child;
    } else if (SCOPES.has(child.tag)) {
      const found = functionIn(child, at, base);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** A function may have been described elsewhere: in its class, or where it was inlined from. */
function describeFunction(entry: Entry, types: DwarfTypes, loaded: readonly LoadedUnit[]): DebugFunction {
  const units = loaded.map(({ contents }) => contents().unit);
  const origin = (from: Entry): Entry | undefined =>
    refer(from, AT.abstractOrigin, units) ?? refer(from, AT.specification, units);
  const own = [...children(entry)].filter((child) => child.tag === TAG.formalParameter);
  const declared = origin(entry);
  const parameters =
    own.length > 0 || declared === undefined
      ? own
      : [...children(declared)].filter((child) => child.tag === TAG.formalParameter);
  const withAttribute = (from: Entry, attribute: number): Entry =>
    from.attributes.has(attribute) ? from : (origin(from) ?? from);
  return {
    parameters: parameters.map((parameter, index) => {
      const typed = withAttribute(parameter, AT.type);
      return {
        name: text(withAttribute(parameter, AT.name), AT.name) ?? `arg${index}`,
        type: () => types.typeOf(typed),
        shape: () => shapeOf(types, types.target(typed)),
        typeText: () => types.print(types.target(typed)),
      };
    }),
    result: () => types.typeOf(withAttribute(entry, AT.type)),
    resultShape: () => shapeOf(types, types.target(withAttribute(entry, AT.type))),
  };
}

function linesIn(units: readonly LoadedUnit[], file: string): LineRow[] {
  const wanted = file.replace(/^\.\//, "");
  const accepts = (path: string): boolean => path === wanted || path.endsWith(`/${wanted}`);
  return units.flatMap(({ root }) => {
    const at = number(root, AT.stmtList);
    return at === undefined ? [] : lineRows(root.unit, at, text(root, AT.compDir) ?? "", accepts);
  });
}
