/**
 * Puts the object together: compiled functions, maps, constants, types, line information and manifest as one ELF
 * file that libbpf opens and bpftool reads. Programs stand in the section libbpf derives their type from; callbacks
 * and subprograms in `.text`.
 */
import type { Span } from "../base/span.js";
import type { Sources } from "../base/source.js";
import { encode } from "../bpf/encode.js";
import type { CoreField, Relocation } from "../bpf/insn.js";
import { BtfBuilder, type PlainMember } from "../btf/encode.js";
import {
  type CoreRelo,
  CoreReloKind,
  encodeBtfExt,
  type FuncInfo,
  type LineInfo,
  type SectionExt,
} from "../btf/ext.js";
import { mapDefinition } from "../btf/maps.js";
import { type BtfTypeId, btfTypeId } from "../btf/types.js";
import type { CFunctions } from "../check/c-objects.js";
import type { CompiledFunction, CompiledModule } from "../codegen/compile.js";
import { firstSpan } from "../codegen/compile.js";
import { BpfReloc, type ElfReloc, type ElfSection, type ElfSymbol, writeElf } from "../elf/writer.js";
import type { IrDataType, IrMap } from "../ir/ir.js";
import type { Target } from "../target/target.js";
import { CoreTypes, type LocalAccess } from "./core-types.js";
import { addExterns, kfuncsOf } from "./kfuncs.js";
import type { Manifest } from "./manifest.js";

/** Symbol of the one variable in `.rodata`. */
const rodataSymbol = "tsbt_rodata";

/** Section of a map whose one value the program addresses directly: libbpf makes an ARRAY of one entry of it. */
const dataSection = (symbol: string): string => `.data.${symbol}`;

/** One section of instructions under construction. */
interface Code {
  readonly name: string;
  readonly parts: Uint8Array[];
  size: number;
  readonly relocs: ElfReloc[];
  readonly funcs: FuncInfo[];
  readonly lines: LineInfo[];
  /** Offsets of members that depend on the kernel. */
  readonly cores: { readonly insnOffset: number; readonly field: CoreField }[];
  /** Maps whose value is addressed directly. */
  readonly direct: string[];
}

/** The object's bytes. Throws only on our own mistakes; limits of the instruction set were reported before. */
export function assemble(
  compiled: CompiledModule,
  manifest: Manifest,
  sources: Sources,
  target: Target,
  functions?: CFunctions,
): Uint8Array {
  const isLinked = functions !== undefined && functions.objects.length > 0;
  const btf = new BtfBuilder();
  const symbols: ElfSymbol[] = [];
  const code = new Map<string, Code>();
  for (const fn of compiled.functions) addFunction(fn, compiled, { btf, symbols, code, sources, isLinked });
  const sections: ElfSection[] = [...code.values()].map((section) => ({
    name: section.name,
    data: join(section.parts, section.size),
    contents: "code",
    align: 8,
    relocs: section.relocs,
  }));
  const license = new TextEncoder().encode("GPL\0");
  sections.push({ name: "license", data: license, contents: "data", align: 1 });
  symbols.push({
    name: "_license",
    section: "license",
    value: 0,
    size: 4,
    type: "object",
    // The linker wants types of all that is global.
    binding: isLinked ? "local" : "global",
  });
  // libbpf can address values directly only in data sections, so such maps are declared as one.
  const direct = new Set([...code.values()].flatMap((section) => section.direct));
  addMaps(
    compiled.module.maps.filter((map) => !direct.has(map.symbol)),
    btf,
    sections,
    symbols,
  );
  for (const map of compiled.module.maps) {
    if (direct.has(map.symbol)) addDataMap(map, btf, sections, symbols);
  }
  if (compiled.module.rodata.length > 0) addRodata(compiled.module.rodata, btf, sections, symbols);
  addExterns(new Set(compiled.functions.flatMap(kfuncsOf)), target, functions, btf, symbols);
  const btfExt = encodeBtfExt(btf, sectionExts([...code.values()], btf, target));
  sections.push({ name: ".BTF", data: btf.finish(), contents: "info", align: 4 });
  sections.push({ name: ".BTF.ext", data: btfExt, contents: "info", align: 4 });
  const text = new TextEncoder().encode(JSON.stringify(manifest));
  sections.push({ name: ".tsbt", data: text, contents: "info", align: 1 });
  return writeElf({ sections, symbols });
}

const CORE_KINDS = {
  offset: CoreReloKind.fieldByteOffset,
  lshift: CoreReloKind.fieldLshiftU64,
  rshift: CoreReloKind.fieldRshiftU64,
  size: CoreReloKind.typeSize,
} as const;

function sectionExts(code: readonly Code[], btf: BtfBuilder, target: Target): readonly SectionExt[] {
  const fields = code.flatMap((section) => section.cores.map(({ field }) => field));
  const translate = localAccesses(fields, btf, target);
  return code.map(({ name, funcs, lines, cores }) => ({
    section: name,
    funcs,
    lines,
    relos: cores.map(
      ({ insnOffset, field }): CoreRelo => ({
        insnOffset,
        ...translate(field),
        kind: CORE_KINDS[field.kind ?? "offset"],
      }),
    ),
  }));
}

/** Types of the kernel and of each module are described apart: a module's ids begin behind the kernel's. */
function localAccesses(
  fields: readonly CoreField[],
  btf: BtfBuilder,
  target: Target,
): (field: CoreField) => LocalAccess {
  const made = new Map<string, CoreTypes>();
  return (field) => {
    const module = field.module ?? "";
    let types = made.get(module);
    if (types === undefined) {
      const view = module === "" ? target.btf : target.moduleBtf(module);
      if (view === undefined) throw new Error(`the target has no types of module ${module}`);
      const own = fields.filter((each) => (each.module ?? "") === module);
      types = new CoreTypes(view, btf, own);
      made.set(module, types);
    }
    return types.translate(field);
  };
}

function join(parts: readonly Uint8Array[], size: number): Uint8Array {
  const out = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

// ------------------------------------------------------------------------------------------------- functions

interface Context {
  readonly btf: BtfBuilder;
  readonly symbols: ElfSymbol[];
  readonly code: Map<string, Code>;
  readonly sources: Sources;
  /** Will be linked with other objects. */
  readonly isLinked: boolean;
}

function addFunction(fn: CompiledFunction, compiled: CompiledModule, cx: Context): void {
  const isProgram = fn.ir.role === "program";
  const name = isProgram ? fn.ir.section : ".text";
  const section = cx.code.get(name) ?? {
    name,
    parts: [],
    size: 0,
    relocs: [],
    funcs: [],
    lines: [],
    cores: [],
    direct: [],
  };
  cx.code.set(name, section);
  const encoded = encode(fn.items, compiled.cpu);
  if (encoded.kind === "limit") throw new Error(`${fn.ir.name}: ${encoded.message}`);
  const start = section.size;
  section.parts.push(encoded.bytes);
  section.size += encoded.bytes.length;
  cx.symbols.push({
    name: fn.ir.name,
    section: name,
    value: start,
    size: encoded.bytes.length,
    type: "func",
    // libbpf finds functions in .text by global symbols only; that ours are verified in place, where they are
    // called, stands in their BTF: static linkage. The linker wants both to agree; libbpf makes hidden ones static.
    binding: "global",
    ...(cx.isLinked ? { hidden: true } : {}),
  });
  for (const relocation of encoded.relocations) {
    section.relocs.push(elfRelocation(relocation, start));
    if (relocation.kind === "mapValue" && relocation.symbol !== ".rodata")
      section.direct.push(relocation.symbol);
  }
  section.funcs.push({ insnOffset: start, type: functionType(fn, cx.btf, cx.isLinked) });
  addLines(fn, compiled, encoded.insnOffsets, start, section, cx.sources);
  fn.items.forEach((item, i) => {
    if (item.kind !== "alu" || item.core === undefined) return;
    section.cores.push({ insnOffset: start + (encoded.insnOffsets[i] ?? 0), field: item.core });
  });
}

function elfRelocation(relocation: Relocation, start: number): ElfReloc {
  const offset = start + relocation.offset;
  switch (relocation.kind) {
    case "map":
    case "function":
      return { offset, symbol: relocation.symbol, type: BpfReloc.r64_64 };
    case "mapValue": {
      const symbol = relocation.symbol === ".rodata" ? rodataSymbol : relocation.symbol;
      return { offset, symbol, type: BpfReloc.r64_64 };
    }
    case "callFunction":
    case "callKfunc":
      return { offset, symbol: relocation.symbol, type: BpfReloc.r64_32 };
  }
}

/** `int name(void *ctx)` for programs, `long name(long, …)` for the rest: BPF's calling convention has no more. */
function functionType(fn: CompiledFunction, btf: BtfBuilder, isLinked: boolean): BtfTypeId {
  const isProgram = fn.ir.role === "program";
  const params = fn.ir.blocks[0]?.params ?? [];
  const long = btf.int("long", 8, true);
  const pointer = btf.ptr(btfTypeId(0));
  const ret = isProgram ? btf.int("int", 4, true) : long;
  const types = params.map((param, i) => ({
    name: isProgram ? "ctx" : `arg${i + 1}`,
    type: fn.ir.valueTypes[param]?.kind === "ptr" ? pointer : long,
  }));
  const all = isProgram && types.length === 0 ? [{ name: "ctx", type: pointer }] : types;
  return btf.func(fn.ir.name, btf.funcProto(ret, all), isProgram || isLinked ? "global" : "static");
}

function addLines(
  fn: CompiledFunction,
  compiled: CompiledModule,
  offsets: readonly number[],
  start: number,
  section: Code,
  sources: Sources,
): void {
  let last: Span | undefined;
  const add = (span: Span, at: number): void => {
    const { line, column } = sources.position(span.source, span.start);
    const file = sources.get(span.source).name;
    section.lines.push({ insnOffset: at, file, text: sources.line(span.source, line), line, column });
    last = span;
  };
  let isFirst = true;
  fn.items.forEach((item, i) => {
    if (item.kind === "label") return;
    const known = item.span === undefined ? undefined : compiled.spans[item.span];
    // The kernel wants a line for the first instruction of every function (kernel/bpf/verifier.c, check_btf_line).
    const span = known ?? (isFirst ? firstSpan(fn.ir) : undefined);
    if (span !== undefined && span !== last) add(span, start + (offsets[i] ?? 0));
    else if (isFirst) {
      section.lines.push({ insnOffset: start, file: "tsbt", text: "", line: 1, column: 1 });
    }
    isFirst = false;
  });
}

// ------------------------------------------------------------------------------------------------ maps, data

function addMaps(
  maps: readonly IrMap[],
  btf: BtfBuilder,
  sections: ElfSection[],
  symbols: ElfSymbol[],
): void {
  if (maps.length === 0) return;
  const vars: { type: BtfTypeId; offset: number; size: number }[] = [];
  let offset = 0;
  for (const map of maps) {
    const definition = mapDefinition(btf, {
      type: map.type,
      ...keyAndValue(map, btf),
      maxEntries: map.maxEntries,
      flags: map.flags,
    });
    vars.push({ type: btf.var(map.symbol, definition.type), offset, size: definition.size });
    symbols.push({
      name: map.symbol,
      section: ".maps",
      value: offset,
      size: definition.size,
      type: "object",
      binding: "global",
    });
    offset += definition.size;
  }
  btf.datasec(".maps", offset, vars);
  sections.push({ name: ".maps", data: new Uint8Array(offset), contents: "data", align: 8 });
}

/** Types of both or sizes of both: the kernel refuses a typed value with an untyped key. A ring buffer has neither. */
function keyAndValue(map: IrMap, btf: BtfBuilder): Partial<Parameters<typeof mapDefinition>[1]> {
  if (map.keyType === undefined && map.valueType === undefined) {
    return {
      ...(map.keySize === 0 ? {} : { keySize: map.keySize }),
      ...(map.valueSize === 0 ? {} : { valueSize: map.valueSize }),
    };
  }
  const bytes = (size: number): BtfTypeId => btf.array(btf.int("unsigned char", 1, false), size);
  return {
    key: map.keyType === undefined ? bytes(map.keySize) : dataType(map.keyType, btf),
    value: map.valueType === undefined ? bytes(map.valueSize) : dataType(map.valueType, btf),
  };
}

function dataType(type: IrDataType, btf: BtfBuilder): BtfTypeId {
  switch (type.kind) {
    case "int":
      return btf.int(type.name, type.size, type.signed);
    case "array":
      return btf.array(dataType(type.element, btf), type.length);
    case "struct": {
      const members = type.members.map(
        (m): PlainMember => ({ name: m.name, type: dataType(m.type, btf), offset: m.offset }),
      );
      return btf.struct(type.name, type.size, members);
    }
  }
}

function addDataMap(map: IrMap, btf: BtfBuilder, sections: ElfSection[], symbols: ElfSymbol[]): void {
  const { symbol, valueSize: size } = map;
  const section = dataSection(symbol);
  const bytes = btf.array(btf.int("unsigned char", 1, false), size);
  const type = map.valueType === undefined ? bytes : dataType(map.valueType, btf);
  btf.datasec(section, size, [{ type: btf.var(symbol, type), offset: 0, size }]);
  sections.push({ name: section, data: new Uint8Array(size), contents: "data", align: 8 });
  symbols.push({ name: symbol, section, value: 0, size, type: "object", binding: "global" });
}

function addRodata(rodata: Uint8Array, btf: BtfBuilder, sections: ElfSection[], symbols: ElfSymbol[]): void {
  const bytes = btf.array(btf.int("char", 1, true), rodata.length);
  const variable = btf.var(rodataSymbol, btf.const(bytes));
  btf.datasec(".rodata", rodata.length, [{ type: variable, offset: 0, size: rodata.length }]);
  sections.push({ name: ".rodata", data: rodata, contents: "rodata", align: 8 });
  symbols.push({
    name: rodataSymbol,
    section: ".rodata",
    value: 0,
    size: rodata.length,
    type: "object",
    binding: "global",
  });
}
