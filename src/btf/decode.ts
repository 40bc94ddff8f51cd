/**
 * A lazy view of a BTF blob. Opening one costs a pass over record headers. A look-up by name finds
 * the string with a memory search, then the record whose name offset it is: strings in BTF are
 * deduplicated, and a script asks for few of them. Who asks for many (a listing of all functions with their
 * arguments) gets an index of names.
 */
import { ok, type Result } from "../base/result.js";
import { decodeRecord } from "./record.js";
import { type BtfScan, kindOf, scanBtf, vlenOf } from "./scan.js";
import {
  BTF_VOID,
  type BtfEnumeratorHit,
  BtfKindCode,
  type BtfType,
  type BtfTypeId,
  type BtfView,
  btfTypeId,
} from "./types.js";

/** Steps a chain of typedefs, qualifiers or arrays may take; the kernel allows 32 (MAX_RESOLVE_DEPTH). */
const MAX_DEPTH = 64;

/** Searches after which an index pays: one costs about a millisecond, the index as much as a hundred of them. */
const FEW_SEARCHES = 100;

/**
 * Opens a blob. `base` is the kernel's view when the blob is a module's (split BTF): ids and string
 * offsets then continue where those of `base` end.
 */
export function decodeBtf(blob: Uint8Array, base?: BtfView): Result<BtfView> {
  const scan = scanBtf(blob);
  if (!scan.ok) return scan;
  return ok(new LazyBtf(scan.value, base instanceof LazyBtf ? base : undefined));
}

/** A view without types, for targets without BTF. */
export function emptyBtf(): BtfView {
  return new LazyBtf(
    { words: new Uint32Array(0), starts: new Uint32Array(0), count: 0, strings: Buffer.alloc(1) },
    undefined,
  );
}

/**
 * The types of a view that have been looked at so far, by id: all that its users have asked for. `view` must come from
 * `decodeBtf`; of a module's view only its own types are told.
 */
export function typesLookedAt(view: BtfView): ReadonlyMap<BtfTypeId, BtfType> {
  return view instanceof LazyBtf ? view.lookedAt() : new Map();
}

class LazyBtf implements BtfView {
  readonly typeCount: number;
  readonly pointerSize = 8;
  /** Id of our first record: 1, or the base's type count. */
  private readonly firstId: number;
  /** String offset of our first string: 0, or the length of all strings below. */
  private readonly firstString: number;
  private readonly decoded = new Map<number, BtfType>();
  private readonly found = new Map<string, BtfTypeId | undefined>();
  private readonly tagged = new Map<string, ReadonlySet<BtfTypeId>>();
  private readonly enumerators = new Map<string, BtfEnumeratorHit | undefined>();
  private searches = 0;
  private index: ReadonlyMap<string, BtfTypeId> | undefined;

  constructor(
    private readonly scan: BtfScan,
    private readonly base: LazyBtf | undefined,
  ) {
    this.firstId = base === undefined ? 1 : base.typeCount;
    this.firstString = base === undefined ? 0 : base.firstString + base.scan.strings.length;
    this.typeCount = this.firstId + scan.count;
  }

  type(id: BtfTypeId): BtfType {
    if (id < this.firstId) return this.base === undefined ? { kind: "void" } : this.base.type(id);
    const known = this.decoded.get(id);
    if (known !== undefined) return known;
    const start = id < this.typeCount ? this.scan.starts[id - this.firstId] : undefined;
    const type: BtfType =
      start === undefined
        ? { kind: "void" }
        : decodeRecord(this.scan.words, start, (offset) => this.stringAt(offset));
    this.decoded.set(id, type);
    return type;
  }

  lookedAt(): ReadonlyMap<BtfTypeId, BtfType> {
    const ids = new Set(this.decoded.keys());
    // What was found by name counts, whether or not anybody went on to look at it.
    for (const id of this.found.values()) if (id !== undefined && id >= this.firstId) ids.add(id);
    const sorted = [...ids].sort((a, b) => a - b).map(btfTypeId);
    return new Map(sorted.map((id) => [id, this.type(id)]));
  }

  findStruct(name: string): BtfTypeId | undefined {
    return this.find(name, BtfKindCode.struct);
  }
  findUnion(name: string): BtfTypeId | undefined {
    return this.find(name, BtfKindCode.union);
  }
  findEnum(name: string): BtfTypeId | undefined {
    return this.find(name, BtfKindCode.enum) ?? this.find(name, BtfKindCode.enum64);
  }
  findTypedef(name: string): BtfTypeId | undefined {
    return this.find(name, BtfKindCode.typedef);
  }
  findInt(name: string): BtfTypeId | undefined {
    return this.find(name, BtfKindCode.int) ?? this.find(name, BtfKindCode.float);
  }
  findFunction(name: string): BtfTypeId | undefined {
    return this.find(name, BtfKindCode.func);
  }
  findVariable(name: string): BtfTypeId | undefined {
    return this.find(name, BtfKindCode.var);
  }
  findDatasec(name: string): BtfTypeId | undefined {
    return this.find(name, BtfKindCode.datasec);
  }

  findEnumerator(name: string): BtfEnumeratorHit | undefined {
    if (this.enumerators.has(name)) return this.enumerators.get(name);
    const hit = this.base?.findEnumerator(name) ?? this.searchEnumerator(name);
    this.enumerators.set(name, hit);
    return hit;
  }

  functionNames(): readonly string[] {
    const names = this.base === undefined ? [] : [...this.base.functionNames()];
    this.collectNames((kind) => kind === BtfKindCode.func, names);
    return names;
  }

  typeNames(): readonly string[] {
    const names = this.base === undefined ? [] : [...this.base.typeNames()];
    const kinds = BtfKindCode;
    const named: readonly number[] = [kinds.struct, kinds.union, kinds.enum, kinds.enum64, kinds.typedef];
    this.collectNames((kind) => named.includes(kind), names);
    return names;
  }

  taggedWith(tag: string): ReadonlySet<BtfTypeId> {
    const known = this.tagged.get(tag);
    if (known !== undefined) return known;
    const found = new Set(this.base?.taggedWith(tag));
    const { words, starts, count } = this.scan;
    for (let i = 0; i < count; i++) {
      if (kindOf(words[(starts[i] as number) + 1] as number) !== BtfKindCode.decl_tag) continue;
      const type = this.type(btfTypeId(this.firstId + i));
      if (type.kind === "decl_tag" && type.name === tag && type.component < 0) found.add(type.type);
    }
    this.tagged.set(tag, found);
    return found;
  }

  strip(id: BtfTypeId): BtfTypeId {
    let at = id;
    for (let step = 0; step < MAX_DEPTH; step++) {
      const type = this.type(at);
      switch (type.kind) {
        case "typedef":
        case "const":
        case "volatile":
        case "restrict":
        case "type_tag":
          at = type.type;
          break;
        case "void":
        case "int":
        case "float":
        case "ptr":
        case "array":
        case "struct":
        case "union":
        case "enum":
        case "fwd":
        case "func":
        case "func_proto":
        case "var":
        case "datasec":
        case "decl_tag":
          return at;
      }
    }
    return BTF_VOID;
  }

  sizeOf(id: BtfTypeId): number | undefined {
    let factor = 1;
    let at = id;
    for (let step = 0; step < MAX_DEPTH; step++) {
      const type = this.type(this.strip(at));
      switch (type.kind) {
        case "int":
        case "float":
        case "struct":
        case "union":
        case "enum":
        case "datasec":
          return factor * type.size;
        case "ptr":
          return factor * this.pointerSize;
        case "array":
          factor *= type.length;
          at = type.element;
          break;
        case "var":
          at = type.type;
          break;
        case "void":
        case "fwd":
        case "func":
        case "func_proto":
        case "decl_tag":
        case "typedef":
        case "const":
        case "volatile":
        case "restrict":
        case "type_tag":
          return undefined;
      }
    }
    return undefined;
  }

  private find(name: string, kind: number): BtfTypeId | undefined {
    const key = `${kind} ${name}`;
    if (this.found.has(key)) return this.found.get(key);
    const hit = this.base?.find(name, kind) ?? this.search(name, kind);
    this.found.set(key, hit);
    return hit;
  }

  /** First of our own records of this kind and name. */
  private search(name: string, kind: number): BtfTypeId | undefined {
    if (name === "") return undefined;
    const { words, starts, count } = this.scan;
    if (++this.searches > FEW_SEARCHES) {
      this.index ??= this.indexNames();
      return this.index.get(`${kind} ${name}`);
    }
    for (const offset of this.stringOffsets(name)) {
      for (let i = 0; i < count; i++) {
        const at = starts[i] as number;
        if (words[at] === offset && kindOf(words[at + 1] as number) === kind)
          return btfTypeId(this.firstId + i);
      }
    }
    return undefined;
  }

  /** Our own named records by `kind name`, the first of each. */
  private indexNames(): ReadonlyMap<string, BtfTypeId> {
    const index = new Map<string, BtfTypeId>();
    const { words, starts, count } = this.scan;
    for (let i = 0; i < count; i++) {
      const at = starts[i] as number;
      const offset = words[at] as number;
      if (offset === 0) continue;
      const key = `${kindOf(words[at + 1] as number)} ${this.stringAt(offset)}`;
      if (!index.has(key)) index.set(key, btfTypeId(this.firstId + i));
    }
    return index;
  }

  private searchEnumerator(name: string): BtfEnumeratorHit | undefined {
    const { words, starts, count } = this.scan;
    for (const offset of this.stringOffsets(name)) {
      for (let i = 0; i < count; i++) {
        const at = starts[i] as number;
        const info = words[at + 1] as number;
        const kind = kindOf(info);
        const step = kind === BtfKindCode.enum ? 2 : kind === BtfKindCode.enum64 ? 3 : 0;
        if (step === 0) continue;
        const vlen = vlenOf(info);
        for (let v = 0; v < vlen; v++) {
          if (words[at + 3 + v * step] !== offset) continue;
          const id = btfTypeId(this.firstId + i);
          const type = this.type(id);
          const value = type.kind === "enum" ? type.values[v]?.value : undefined;
          if (value !== undefined) return { type: id, value };
        }
      }
    }
    return undefined;
  }

  /** Every offset at which our string sections (the base's first) hold exactly this string. */
  private stringOffsets(name: string): number[] {
    if (name === "") return [];
    const offsets = this.base === undefined ? [] : this.base.stringOffsets(name);
    const pattern = Buffer.from(`\0${name}\0`, "latin1");
    const strings = this.scan.strings;
    for (let at = strings.indexOf(pattern); at >= 0; at = strings.indexOf(pattern, at + 1)) {
      offsets.push(this.firstString + at + 1);
    }
    // The section of a module starts with a name, not with the empty string.
    if (this.base !== undefined && strings.indexOf(pattern.subarray(1)) === 0) offsets.push(this.firstString);
    return offsets;
  }

  private stringAt(offset: number): string {
    if (offset < this.firstString) return this.base?.stringAt(offset) ?? "";
    const at = offset - this.firstString;
    const strings = this.scan.strings;
    const end = strings.indexOf(0, at);
    return end < 0 || at >= strings.length ? "" : strings.toString("latin1", at, end);
  }

  private collectNames(wanted: (kind: number) => boolean, into: string[]): void {
    const { words, starts, count } = this.scan;
    for (let i = 0; i < count; i++) {
      const at = starts[i] as number;
      if (words[at] !== 0 && wanted(kindOf(words[at + 1] as number)))
        into.push(this.stringAt(words[at] as number));
    }
  }
}
