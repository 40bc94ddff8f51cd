/**
 * C types of a script as types of the language, with their layout. A name that the script's C does not define
 * is asked for outside: in the target's BTF.
 */
import type { Span } from "../base/span.js";
import { memberPath } from "../types/members.js";
import { intType, type PointerSpace, type StructMember, type StructType, type Type } from "../types/type.js";
import { baseType, type Laid, VOID, withMode } from "./base-types.js";
import type { CUnit } from "./collect.js";
import type { CAttributes, CEnum, CMember, CRecord, CType } from "./declaration.js";
import { type CastType, type CValue, type Evaluated, evaluate, int, long } from "./evaluate.js";
import { bitField, enumType, whole } from "./laid-types.js";
import { layOut, type MemberShape } from "./layout.js";
import { parseTypeName } from "./parse.js";
import type { ReportC } from "./report.js";
import type { CToken } from "./token.js";

/** What is known beyond the C of the script. */
export interface OutsideTypes {
  struct(name: string, union: boolean, space: PointerSpace): StructType | undefined;
  enumeration(name: string): Type | undefined;
  typedef(name: string, space: PointerSpace): Type | undefined;
  enumerator(name: string): bigint | undefined;
}

/** `aligned` without a number: the greatest alignment of the machine, 16 on both. */
const GREATEST_ALIGN = 16;

export interface Enumerator {
  readonly value: bigint;
  readonly type: Type;
}

export class CTypes {
  private readonly enums = new Map<CEnum, Type>();
  private readonly enumerators = new Map<string, Enumerator>();
  private readonly structs = new Map<string, StructType>();
  private readonly keys = new Map<CRecord, string>();
  private readonly making = new Set<CRecord>();
  /** Typedefs on the way to their meaning: one may name itself through a broken header. */
  private readonly naming = new Set<string>();

  constructor(
    private readonly unit: CUnit,
    private readonly outside: OutsideTypes,
    private readonly arm64: boolean,
    private readonly report: ReportC,
  ) {
    for (const definition of unit.enumerations) this.addEnum(definition);
    for (const record of unit.ownRecords) this.record(record, "kernel");
    for (const { tokens, span } of unit.asserts) this.assert(tokens, span);
  }

  enumerator(name: string): Enumerator | undefined {
    return this.enumerators.get(name);
  }
  enumeratorNames(): IterableIterator<string> {
    return this.enumerators.keys();
  }

  findStruct(name: string, union: boolean, space: PointerSpace): StructType | undefined {
    const record = this.recordNamed(name, union, space);
    const type = record === undefined ? undefined : this.record(record, space).type;
    return type?.kind === "struct" ? type : undefined;
  }

  /** The script's own, or one of a header unless it is the kernel's and the target knows it. */
  private recordNamed(name: string, union: boolean, space: PointerSpace): CRecord | undefined {
    const record = (union ? this.unit.unions : this.unit.structs).get(name);
    const better = record?.kernel === true && this.outside.struct(name, union, space) !== undefined;
    return better ? undefined : record;
  }

  structNames(): string[] {
    return [...this.unit.structs.keys(), ...this.unit.unions.keys(), ...this.unit.typedefs.keys()];
  }

  findEnum(name: string): Type | undefined {
    const definition = this.unit.enums.get(name);
    return definition === undefined ? undefined : this.enums.get(definition);
  }

  findTypedef(name: string, space: PointerSpace): Type | undefined {
    return this.unit.typedefs.has(name) ? this.named(name, space)?.type : undefined;
  }

  // -------------------------------------------------------------------------------------------------- constants

  constant(tokens: readonly CToken[]): Evaluated {
    return evaluate(tokens, {
      preprocessor: false,
      identifier: ({ text }) => this.constantNamed(text),
      typeOf: (inner) => this.castType(inner),
      offsetOf: (type, member) => this.offsetOf(type, member),
    });
  }

  private constantNamed(name: string): CValue | undefined {
    const value = this.enumerators.get(name)?.value ?? this.outside.enumerator(name);
    if (value === undefined) return undefined;
    return value >= -(1n << 31n) && value < 1n << 31n ? int(value) : long(value, value >= 1n << 63n);
  }

  private castType(tokens: readonly CToken[]): CastType | undefined {
    const laid = this.typeNamed(tokens);
    if (laid === undefined) return undefined;
    const { type, size, align } = laid;
    if (type.kind === "bool") return { size, align, integer: { bits: 8, signed: false } };
    if (type.kind !== "int" && type.kind !== "enum") return { size, align };
    return { size, align, integer: { bits: type.bits, signed: type.signed } };
  }

  private typeNamed(tokens: readonly CToken[]): Laid | undefined {
    const [first] = tokens;
    if (first?.kind !== "identifier") return undefined;
    const parsed = parseTypeName(tokens, { pack: undefined, system: new Set(), kernel: new Set() });
    // `(x)` and `(x * y)` in an expression are types only if x is the name of one, and nothing is declared.
    if ("error" in parsed || parsed.name !== "" || !this.isKnown(parsed.type)) return undefined;
    return this.laid(parsed.type, "kernel");
  }

  private isKnown(type: CType): boolean {
    switch (type.kind) {
      case "name":
        return this.named(type.name, "kernel") !== undefined;
      case "pointer":
        return this.isKnown(type.to);
      case "array":
        return this.isKnown(type.element);
      case "attributed":
        return this.isKnown(type.type);
      // A function's result is forgotten, and nobody casts to one.
      case "function":
        return false;
      case "base":
      case "tag":
      case "record":
      case "enum":
      case "typeof":
        return true;
    }
  }

  private offsetOf(type: readonly CToken[], member: readonly CToken[]): bigint | undefined {
    let at = this.typeNamed(type)?.type;
    let offset = 0;
    for (const { text, kind } of member) {
      if (kind !== "identifier") continue;
      const path = at?.kind === "struct" ? memberPath(at, text) : undefined;
      if (path === undefined) return undefined;
      for (const step of path) offset += step.offset;
      at = path.at(-1)?.type;
    }
    return BigInt(offset);
  }

  private assert(tokens: readonly CToken[], span: Span): void {
    let depth = 0;
    const comma = tokens.findIndex(({ text }) => {
      if (text === "(") depth++;
      else if (text === ")") depth--;
      return text === "," && depth === 0;
    });
    const value = this.constant(comma < 0 ? tokens : tokens.slice(0, comma));
    const text = comma < 0 ? "" : `: ${tokens[comma + 1]?.text ?? ""}`;
    if ("error" in value)
      this.error(span, `static assertion expression is not an integral constant expression: ${value.error}`);
    else if (value.value === 0n) this.error(span, `static assertion failed${text}`);
  }

  private error(span: Span, message: string): void {
    this.report("TB2021", span, message);
  }

  // ------------------------------------------------------------------------------------------------------ types

  private laid(type: CType, space: PointerSpace): Laid {
    switch (type.kind) {
      case "base":
        return baseType(type.words, this.arm64);
      case "name":
        return this.named(type.name, space) ?? VOID;
      case "tag":
        return this.tagged(type.tag, type.name, space);
      case "record":
        return this.record(type.record, space);
      case "enum":
        return whole(this.enums.get(type.definition) ?? intType(32, false));
      case "typeof":
        return this.typeNamed(type.tokens) ?? baseType(["int"], false);
      case "pointer":
        return { type: this.pointer(type.to, space), size: 8, align: 8, complete: true };
      case "array":
        return this.array(type, space);
      case "function":
        return VOID;
      case "attributed":
        return this.attributed(this.laid(type.type, space), type.attributes);
    }
  }

  private pointer(to: CType, space: PointerSpace): Type {
    // The pointee is looked at when first asked for: it may be what is being laid out.
    const resolve = (): Type => this.laid(to, space).type;
    let known: Type | undefined;
    return {
      kind: "pointer",
      space,
      get to(): Type {
        known ??= resolve();
        return known;
      },
    };
  }

  private array(type: CType & { readonly kind: "array" }, space: PointerSpace): Laid {
    const element = this.laid(type.element, space);
    const length = type.length === undefined ? 0 : this.length(type.length, type.span);
    const size = element.size * length;
    const laid = { size, align: element.align, complete: element.complete };
    if (element.char === true && length > 0)
      return { ...laid, type: { kind: "string", size: length, array: true } };
    return { ...laid, type: { kind: "array", element: element.type, length } };
  }

  private length(tokens: readonly CToken[], span: Span): number {
    const value = this.constant(tokens);
    if ("error" in value) this.error(span, value.error);
    else if (value.value < 0n) this.error(span, "array has a negative size");
    else if (value.value > 1n << 31n) this.error(span, "array is too large");
    else return Number(value.value);
    return 0;
  }

  private attributed(laid: Laid, attributes: CAttributes): Laid {
    const moded = attributes.mode === undefined ? laid : withMode(laid, attributes.mode);
    // On a typedef, `aligned` may lower as well as raise.
    const align = attributes.align.length === 0 ? moded.align : this.alignment(attributes);
    if (attributes.vector === undefined) return { ...moded, align };
    const value = this.constant(attributes.vector);
    const size = "error" in value ? moded.size : Number(value.value);
    const type: Type = { kind: "array", element: moded.type, length: size / Math.max(1, moded.size) };
    return { type, size, align: size, complete: true };
  }

  /** The greatest of `aligned(n)`; 0 if there is none. */
  private alignment(attributes: CAttributes): number {
    const values = attributes.align.map((tokens) => {
      if (tokens.length === 0) return GREATEST_ALIGN;
      const type = this.typeNamed(tokens);
      if (type !== undefined) return type.align;
      const value = this.constant(tokens);
      return "error" in value ? 0 : Number(value.value);
    });
    return Math.max(0, ...values);
  }

  private named(name: string, space: PointerSpace): Laid | undefined {
    const typedef = this.unit.typedefs.get(name);
    if (typedef !== undefined && !this.naming.has(name)) {
      this.naming.add(name);
      const laid = this.laid(typedef.type, space);
      this.naming.delete(name);
      return laid;
    }
    const outside = this.outside.typedef(name, space);
    return outside === undefined ? undefined : whole(outside);
  }

  private tagged(tag: "struct" | "union" | "enum", name: string, space: PointerSpace): Laid {
    if (tag === "enum") {
      const type = this.findEnum(name) ?? this.outside.enumeration(name);
      // An enum that nobody defines has the size of an int all the same.
      return whole(type ?? intType(32, false));
    }
    const union = tag === "union";
    const record = this.recordNamed(name, union, space);
    if (record !== undefined) return this.record(record, space);
    const outside = this.outside.struct(name, union, space);
    return outside === undefined ? VOID : whole(outside);
  }

  // ------------------------------------------------------------------------------------------------------ enums

  private addEnum(definition: CEnum): void {
    const values = new Map<string, bigint>();
    let next = 0n;
    for (const { name, value, span } of definition.enumerators) {
      const evaluated = value === undefined ? undefined : this.constant(value);
      if (evaluated !== undefined && "error" in evaluated) {
        if (definition.own) this.error(span, evaluated.error);
        continue;
      }
      next = evaluated?.value ?? next;
      values.set(name, next);
      // Later enumerators of the same enum may use it.
      this.enumerators.set(name, { value: next, type: intType(64, true) });
      next++;
    }
    const type = enumType(definition, values);
    this.enums.set(definition, type);
    for (const [name, value] of values) this.enumerators.set(name, { value, type });
  }

  // -------------------------------------------------------------------------------------------------- structs

  private record(record: CRecord, space: PointerSpace): Laid {
    const key = this.keyOf(record, space);
    const known = this.structs.get(key);
    if (known !== undefined) return whole(known);
    if (this.making.has(record)) return VOID;
    this.making.add(record);
    const made = this.makeRecord(record, key, space);
    this.making.delete(record);
    this.structs.set(key, made);
    return whole(made);
  }

  private keyOf(record: CRecord, space: PointerSpace): string {
    let key = this.keys.get(record);
    if (key === undefined) {
      key =
        record.name === ""
          ? `script:anon_${this.keys.size}`
          : `script:${record.union ? "union " : ""}${record.name}`;
      this.keys.set(record, key);
    }
    return space === "kernel" ? key : `${key}:${space}`;
  }

  private makeRecord(record: CRecord, key: string, space: PointerSpace): StructType {
    const laids = record.members.map((member) => this.laid(member.type, space));
    const present: { member: CMember; laid: Laid; bits: number | undefined }[] = [];
    const names = new Set<string>();
    for (const [index, member] of record.members.entries()) {
      const laid = laids[index] ?? VOID;
      // `struct x { … };` inside a struct defines it and is no member.
      if (isDefinitionOnly(member)) continue;
      if (member.name !== "" && names.has(member.name) && record.own) {
        this.report("TB2008", member.span, `duplicate member '${member.name}'`);
      }
      names.add(member.name);
      if (!laid.complete) this.incomplete(record, member);
      else present.push({ member, laid, bits: this.width(record, member, laid) });
    }
    const shapes = present.map(({ member, laid, bits }): MemberShape => {
      const { packed } = member.attributes;
      const aligned = this.alignment(member.attributes);
      return { size: laid.size, align: laid.align, bits, named: member.name !== "", packed, aligned };
    });
    const { attributes, pack, union } = record;
    const shape = {
      union,
      packed: attributes.packed,
      aligned: this.alignment(attributes),
      pack,
      members: shapes,
    };
    const layout = layOut(shape, this.arm64);
    const members = present.flatMap(({ member, laid, bits }, index): StructMember[] => {
      const offset = layout.offsets[index] ?? 0;
      if (bits === undefined) return [{ name: member.name, type: laid.type, offset: offset / 8, index }];
      return member.name === "" ? [] : [bitField(member.name, laid.type, offset, bits, index)];
    });
    const name = record.name === "" ? key.replace("script:", "").replace(/:.*/, "") : record.name;
    return { kind: "struct", union, name, key, size: layout.size, align: layout.align, members };
  }

  private width(record: CRecord, member: CMember, laid: Laid): number | undefined {
    if (member.bits === undefined) return undefined;
    const value = this.constant(member.bits);
    const limit = laid.type.kind === "bool" ? 1 : laid.size * 8;
    if ("error" in value) this.error(member.span, value.error);
    else if (value.value < 0n)
      this.error(member.span, `bit-field '${member.name}' has negative width (${value.value})`);
    else if (value.value > limit) {
      const text = `width of bit-field '${member.name}' (${value.value} bits) exceeds the width of its type (${limit} bits)`;
      if (record.own) this.error(member.span, text);
    } else if (value.value === 0n && member.name !== "") {
      this.error(member.span, `named bit-field '${member.name}' has zero width`);
    } else return Number(value.value);
    return Math.min(1, limit);
  }

  private incomplete(record: CRecord, member: CMember): void {
    if (!record.own) return;
    const { type } = member;
    if (type.kind === "name") this.report("TB2006", type.span, `unknown type name '${type.name}'`);
    else if (type.kind === "tag") {
      this.report("TB2006", member.span, `field has incomplete type '${type.tag} ${type.name}'`);
    } else if (type.kind === "function")
      this.error(member.span, `field '${member.name}' declared as a function`);
    else this.error(member.span, `field '${member.name}' has incomplete type`);
  }
}

/** `struct x { … };`, `enum e { … };`: with a tag, and declaring nothing. */
function isDefinitionOnly({ name, type, bits }: CMember): boolean {
  if (name !== "" || bits !== undefined) return false;
  return type.kind === "enum" || type.kind === "tag" || (type.kind === "record" && type.record.name !== "");
}
