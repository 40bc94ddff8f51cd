/** Structs, unions, enums, typedefs and constants that the script itself defines in C, and kernel ones by name. */
import type { CConst, CEnum, CStruct, CType, Script } from "../ast/ast.js";
import type { Span } from "../base/span.js";
import type { Log } from "../diag/diagnostic.js";
import { alignOf, roundUp, sizeOf } from "../types/layout.js";
import { type BtfTypes, storageUnit } from "../types/from-btf.js";
import {
  intType,
  type PointerSpace,
  type StructMember,
  type StructType,
  type Type,
  voidType,
} from "../types/type.js";

/** C's and our own names of integers. */
const INTEGERS: Readonly<Record<string, readonly [8 | 16 | 32 | 64, boolean]>> = {
  char: [8, true],
  "signed char": [8, true],
  "unsigned char": [8, false],
  short: [16, true],
  "short int": [16, true],
  "unsigned short": [16, false],
  "unsigned short int": [16, false],
  "short unsigned int": [16, false],
  int: [32, true],
  signed: [32, true],
  "signed int": [32, true],
  unsigned: [32, false],
  "unsigned int": [32, false],
  long: [64, true],
  "long int": [64, true],
  "unsigned long": [64, false],
  "unsigned long int": [64, false],
  "long unsigned int": [64, false],
  "long long": [64, true],
  "long long int": [64, true],
  "unsigned long long": [64, false],
  "unsigned long long int": [64, false],
  "long long unsigned int": [64, false],
  int8: [8, true],
  int16: [16, true],
  int32: [32, true],
  int64: [64, true],
  uint8: [8, false],
  uint16: [16, false],
  uint32: [32, false],
  uint64: [64, false],
  int8_t: [8, true],
  int16_t: [16, true],
  int32_t: [32, true],
  int64_t: [64, true],
  uint8_t: [8, false],
  uint16_t: [16, false],
  uint32_t: [32, false],
  uint64_t: [64, false],
  s8: [8, true],
  s16: [16, true],
  s32: [32, true],
  s64: [64, true],
  u8: [8, false],
  u16: [16, false],
  u32: [32, false],
  u64: [64, false],
  __s8: [8, true],
  __s16: [16, true],
  __s32: [32, true],
  __s64: [64, true],
  __u8: [8, false],
  __u16: [16, false],
  __u32: [32, false],
  __u64: [64, false],
  __be16: [16, false],
  __be32: [32, false],
  __be64: [64, false],
  __le16: [16, false],
  __le32: [32, false],
  size_t: [64, false],
  ssize_t: [64, true],
  uintptr_t: [64, false],
  intptr_t: [64, true],
  off_t: [64, true],
  loff_t: [64, true],
  pid_t: [32, true],
  uid_t: [32, false],
  gid_t: [32, false],
  mode_t: [32, false],
  dev_t: [32, false],
  sector_t: [64, false],
  time_t: [64, true],
  umode_t: [16, false],
};

/** An integer type by a C or bpftrace name. */
export function integerNamed(name: string): Type | undefined {
  const found = Object.hasOwn(INTEGERS, name) ? INTEGERS[name] : undefined;
  return found === undefined ? undefined : intType(found[0], found[1]);
}
export function integerNames(): readonly string[] {
  return Object.keys(INTEGERS);
}

export type Constant = bigint | string;

export class Definitions {
  private readonly structs = new Map<string, CStruct>();
  private readonly enums = new Map<string, Type>();
  private readonly typedefs = new Map<string, CType>();
  private readonly constants = new Map<string, { readonly value: bigint; readonly type: Type }>();
  private readonly defines = new Map<string, string>();
  private readonly made = new Map<string, StructType>();
  private readonly making = new Set<string>();

  constructor(
    script: Script,
    private readonly types: BtfTypes,
    hasBtf: boolean,
    private readonly log: Log,
  ) {
    if (hasBtf) this.defines.set("BPFTRACE_HAVE_BTF", "1");
    for (const item of script.preamble) {
      switch (item.kind) {
        case "c_struct":
          this.structs.set(item.name, item);
          break;
        case "c_enum":
          this.addEnum(item);
          break;
        case "c_typedef":
          this.typedefs.set(item.name, item.type);
          break;
        case "define":
          if (item.params === undefined) this.defines.set(item.name, item.body.trim());
          break;
        case "include":
        case "c_directive":
          break;
      }
    }
  }

  constantNames(): string[] {
    return [...this.constants.keys(), ...this.defines.keys()];
  }

  /** An enumerator of the script or the kernel: value and type. */
  enumerator(name: string): { readonly value: bigint; readonly type: Type } | undefined {
    const own = this.constants.get(name);
    if (own !== undefined) return own;
    const hit = this.types.view.findEnumerator(name);
    return hit === undefined ? undefined : { value: hit.value, type: this.types.typeOf(hit.type) };
  }

  /** The value of an object-like `#define`. */
  define(name: string): Constant | undefined {
    const body = this.defines.get(name);
    if (body === undefined) return undefined;
    const text = /^"((?:[^"\\]|\\.)*)"$/.exec(body);
    if (text !== null) {
      return (text[1] ?? "").replace(/\\(x[0-9a-f]{1,2}|[0-7]{1,3}|.)/gi, (_, code: string) => {
        if (code[0] === "x") return String.fromCharCode(Number.parseInt(code.slice(1), 16));
        if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8));
        return code === "n" ? "\n" : code === "t" ? "\t" : code;
      });
    }
    return this.evaluate(body, new Set([name]));
  }

  /** Integer expressions of C text, as far as definitions need: literals, names, + - * / % << >> | & ^ ~ ( ). */
  evaluate(text: string, seen = new Set<string>()): bigint | undefined {
    const tokens = text.match(/0x[0-9a-f]+|\d+|[A-Za-z_]\w*|<<|>>|[-+*/%|&^~()]/gi) ?? [];
    let at = 0;
    const levels: readonly (readonly string[])[] = [
      ["|"],
      ["^"],
      ["&"],
      ["<<", ">>"],
      ["+", "-"],
      ["*", "/", "%"],
    ];
    const unary = (): bigint | undefined => {
      const token = tokens[at++];
      if (token === undefined) return undefined;
      if (token === "(") {
        const inner = binary(0);
        return tokens[at++] === ")" ? inner : undefined;
      }
      if (token === "-" || token === "~" || token === "+") {
        const value = unary();
        return value === undefined ? undefined : token === "-" ? -value : token === "~" ? ~value : value;
      }
      if (/^\d/.test(token)) {
        // A suffix (`10UL`) is a word of its own to the pattern above.
        if (/^[uUlL]+$/.test(tokens[at] ?? "")) at++;
        return /^0\d+$/.test(token) ? BigInt(`0o${token.slice(1)}`) : BigInt(token);
      }
      if (seen.has(token)) return undefined;
      const body = this.defines.get(token);
      if (body !== undefined) return this.evaluate(body, new Set([...seen, token]));
      return this.enumerator(token)?.value;
    };
    const binary = (level: number): bigint | undefined => {
      const operators = levels[level];
      if (operators === undefined) return unary();
      let left = binary(level + 1);
      for (;;) {
        const operator = tokens[at];
        if (operator === undefined || !operators.includes(operator)) return left;
        at++;
        const right = binary(level + 1);
        if (left === undefined || right === undefined) return undefined;
        left = apply(operator, left, right);
      }
    };
    const value = binary(0);
    return at === tokens.length ? value : undefined;
  }

  private addEnum(definition: CEnum): Type {
    const values = new Map<string, bigint>();
    let next = 0n;
    for (const each of definition.enumerators) {
      const value: bigint | undefined = each.value === undefined ? next : this.constantOf(each.value);
      if (value === undefined) continue;
      values.set(each.name, value);
      next = value + 1n;
    }
    const signed = [...values.values()].some((value) => value < 0n);
    const type: Type = { kind: "enum", name: definition.name, bits: 32, signed, values };
    if (definition.name !== "") this.enums.set(definition.name, type);
    for (const [name, value] of values) this.constants.set(name, { value, type });
    return type;
  }

  private constantOf(constant: CConst): bigint | undefined {
    const value = this.evaluate(constant.text);
    if (value === undefined) this.log.error("TB3013", constant.span, `not a constant: ${constant.text}`);
    return value;
  }

  findEnum(name: string): Type | undefined {
    const own = this.enums.get(name);
    if (own !== undefined) return own;
    const id = this.types.view.findEnum(name);
    return id === undefined ? undefined : this.types.typeOf(id);
  }

  /** A struct or union of the script, else of the kernel. */
  findStruct(name: string, union: boolean, space: PointerSpace): StructType | undefined {
    const own = this.structs.get(name);
    if (own !== undefined && own.union === union) return this.layOut(own, space, name);
    return this.types.findStruct(name, union, space);
  }

  /** A name without struct, union or enum: a typedef. */
  findTypedef(name: string, space: PointerSpace): Type | undefined {
    const own = this.typedefs.get(name);
    if (own !== undefined) return this.fromC(own, space, undefined);
    const id = this.types.view.findTypedef(name);
    if (id !== undefined) return this.types.typeOf(id, space);
    return undefined;
  }

  structNames(): string[] {
    return [...this.structs.keys(), ...this.types.view.typeNames()];
  }

  private fromC(type: CType, space: PointerSpace, span: Span | undefined): Type {
    switch (type.kind) {
      case "c_pointer": {
        const inner = type.to;
        let known: Type | undefined;
        const resolve = (): Type => this.fromC(inner, space, span);
        return {
          kind: "pointer",
          space,
          get to(): Type {
            known ??= resolve();
            return known;
          },
        };
      }
      case "c_array": {
        const length = type.length === undefined ? 0n : (this.constantOf(type.length) ?? 0n);
        const element = this.fromC(type.element, space, span);
        if (element.kind === "int" && element.bits === 8 && element.signed && length > 0n) {
          return { kind: "string", size: Number(length) };
        }
        return { kind: "array", element, length: Number(length) };
      }
      case "c_inline": {
        const { definition } = type;
        if (definition.kind === "c_enum") return this.addEnum(definition);
        return this.layOut(
          definition,
          space,
          definition.name === "" ? `anon_${definition.id}` : definition.name,
        );
      }
      case "c_function":
        return voidType;
      case "c_named": {
        const plain = type.name
          .replace(/\b(const|volatile|restrict)\b/g, "")
          .replace(/\s+/g, " ")
          .trim();
        const tagged = /^(struct|union|enum) (\w+)$/.exec(plain);
        const found =
          tagged === null
            ? plain === "void"
              ? voidType
              : plain === "bool" || plain === "_Bool"
                ? ({ kind: "bool" } as const)
                : (this.findTypedef(plain, space) ?? integerNamed(plain))
            : tagged[1] === "enum"
              ? this.findEnum(tagged[2] ?? "")
              : this.findStruct(tagged[2] ?? "", tagged[1] === "union", space);
        // A pointer to a struct nobody knows is as good as void *.
        return found ?? voidType;
      }
    }
  }

  private layOut(definition: CStruct, space: PointerSpace, name: string): StructType {
    const key = `script:${name}${space === "kernel" ? "" : `:${space}`}`;
    const known = this.made.get(key);
    if (known !== undefined) return known;
    if (this.making.has(key)) {
      return { kind: "struct", union: definition.union, name, key, size: 0, align: 1, members: [] };
    }
    this.making.add(key);
    const members: StructMember[] = [];
    let bits = 0;
    let align = 1;
    let largest = 0;
    for (const [index, member] of definition.members.entries()) {
      const type = this.fromC(member.type, space, member.span);
      if (type.kind === "void") {
        this.log.error("TB2006", member.span, `unknown type of member '${member.name}'`);
        continue;
      }
      const own = definition.packed ? 1 : alignOf(type);
      const size = sizeOf(type);
      if (definition.union) bits = 0;
      if (member.bits !== undefined && (type.kind === "int" || type.kind === "enum")) {
        const width = member.bits;
        const unit = definition.packed ? 8 : type.bits;
        // A zero width ends the unit; a field that would cross its unit's end starts the next.
        if (
          width === 0 ||
          (!definition.packed && Math.floor(bits / unit) !== Math.floor((bits + width - 1) / unit))
        ) {
          bits = roundUp(bits, unit);
        }
        if (width > 0) {
          const place = storageUnit(bits, width, type.bits);
          const stored: Type =
            type.kind === "enum" ? { ...type, bits: place.bits } : intType(place.bits, type.signed);
          members.push({
            name: member.name,
            type: stored,
            offset: place.offset,
            index,
            bitfield: { shift: place.shift, width },
          });
        }
        bits += width;
      } else {
        const offset = roundUp(Math.ceil(bits / 8), own);
        members.push({ name: member.name, type, offset, index });
        bits = (offset + size) * 8;
      }
      align = Math.max(align, own);
      largest = Math.max(largest, Math.ceil(bits / 8));
    }
    this.making.delete(key);
    const made: StructType = {
      kind: "struct",
      union: definition.union,
      name,
      key,
      size: roundUp(largest, align),
      align,
      members,
    };
    this.made.set(key, made);
    return made;
  }
}

function apply(operator: string, left: bigint, right: bigint): bigint | undefined {
  switch (operator) {
    case "|":
      return left | right;
    case "^":
      return left ^ right;
    case "&":
      return left & right;
    case "<<":
      return left << right;
    case ">>":
      return left >> right;
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return right === 0n ? undefined : left / right;
    case "%":
      return right === 0n ? undefined : left % right;
  }
  return undefined;
}
