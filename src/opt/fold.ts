/** Constants are computed, and operations with a simpler equal are replaced by it. */
import {
  evaluateArithmetic,
  evaluateByteSwap,
  evaluateCompare,
  evaluateExtend,
  inverted,
} from "../ir/arithmetic.js";
import type { ArithmeticOp, IrBlock, IrFunction, IrInstruction, IrType, ValueId } from "../ir/ir.js";
import { irInt, sameType } from "../ir/types.js";
import { mapOperands, mapTerminatorOperands, resultOf } from "../ir/uses.js";
import { significantBits } from "./bits.js";
import { constantOf, definitionsOf, Replacements } from "./definitions.js";

/**
 * One walk over the function. Needs: nothing. Keeps: blocks, value ids; new constants get new ids at the end.
 * Leaves instructions whose results nobody reads any more: `dead.ts` removes them.
 */
export function foldConstants(fn: IrFunction): IrFunction {
  const folder = new Folder(fn);
  const blocks = fn.blocks.map(
    (block): IrBlock => ({ ...block, instructions: block.instructions.flatMap((i) => folder.fold(i)) }),
  );
  if (!folder.changed) return fn;
  const { find } = folder.replaced;
  return {
    ...fn,
    valueTypes: folder.types,
    blocks: blocks.map((block) => ({
      ...block,
      instructions: block.instructions.map((insn) => mapOperands(insn, find)),
      terminator: mapTerminatorOperands(block.terminator, find),
    })),
  };
}

type Of<Op extends IrInstruction["op"]> = Extract<IrInstruction, { readonly op: Op }>;
/** An equal operation; the value the result equals; or nothing better than what was there. */
type Better = IrInstruction | { readonly same: ValueId } | undefined;

const commutative: ReadonlySet<ArithmeticOp> = new Set(["add", "mul", "and", "or", "xor"]);

class Folder {
  readonly types: IrType[];
  readonly replaced = new Replacements();
  readonly definitions: Map<ValueId, IrInstruction>;
  changed = false;
  /** Constants the instruction being folded needs in front of it. */
  private before: IrInstruction[] = [];

  constructor(fn: IrFunction) {
    this.types = [...fn.valueTypes];
    this.definitions = definitionsOf(fn);
  }

  fold(original: IrInstruction): IrInstruction[] {
    this.before = [];
    let insn = mapOperands(original, this.replaced.find);
    // Each step makes the instruction simpler, so this ends; the bound is against our own mistakes.
    for (let step = 0; step < 8; step++) {
      const better = this.simplify(insn);
      if (better === undefined) break;
      if ("same" in better) {
        const result = resultOf(insn);
        if (result === undefined || !this.isSameType(result, better.same)) break;
        this.changed = true;
        this.replaced.replace(result, better.same);
        break;
      }
      insn = better;
      this.changed = true;
    }
    const result = resultOf(insn);
    if (result !== undefined) this.definitions.set(result, insn);
    return [...this.before, insn];
  }

  private isSameType(a: ValueId, b: ValueId): boolean {
    const [left, right] = [this.types[a], this.types[b]];
    return left !== undefined && right !== undefined && sameType(left, right);
  }

  private constant(value: ValueId): bigint | undefined {
    return constantOf(this.definitions, value);
  }

  private newConstant(value: bigint): ValueId {
    const result = (this.types.push(irInt) - 1) as ValueId;
    const insn: IrInstruction = { op: "const", result, value };
    this.before.push(insn);
    this.definitions.set(result, insn);
    return result;
  }

  private simplify(insn: IrInstruction): Better {
    switch (insn.op) {
      case "arith":
        return this.arith(insn);
      case "compare":
        return this.compare(insn);
      case "extend":
        return this.extend(insn);
      case "bswap": {
        const value = this.constant(insn.value);
        return value === undefined
          ? undefined
          : { op: "const", result: insn.result, value: evaluateByteSwap(insn.bits, value), span: insn.span };
      }
      case "store":
        return this.store(insn);
      case "ptr_add": {
        const index = this.constant(insn.index);
        if (index === undefined || !fitsInt32(index)) return undefined;
        const { result, base, span } = insn;
        return { op: "field_addr", result, base, offset: Number(index), span };
      }
      case "field_addr":
        return this.fieldAddress(insn);
      default:
        return undefined;
    }
  }

  // --------------------------------------------------------------------------------------------- arithmetic

  private arith(insn: Of<"arith">): Better {
    const { kind, width, result, span } = insn;
    const [left, right] = [this.constant(insn.left), this.constant(insn.right)];
    if (left !== undefined && right !== undefined) {
      return { op: "const", result, value: evaluateArithmetic(kind, width, left, right), span };
    }
    if (left !== undefined && commutative.has(kind)) {
      return { ...insn, left: insn.right, right: insn.left };
    }
    if (insn.left === insn.right && (kind === "sub" || kind === "xor")) {
      return { op: "const", result, value: 0n, span };
    }
    if (insn.left === insn.right && (kind === "and" || kind === "or")) return this.whole(insn);
    const stripped = width === 32 ? this.withoutExtends(insn) : undefined;
    if (stripped !== undefined) return stripped;
    return right === undefined ? undefined : this.arithWith(insn, BigInt.asIntN(width, right));
  }

  /** The left operand itself, as far as the operation's width reaches. */
  private whole(insn: Of<"arith">): Better {
    if (insn.width === 64) return { same: insn.left };
    return { op: "extend", result: insn.result, bits: 32, signed: false, value: insn.left, span: insn.span };
  }

  /** 32-bit operations read low halves only. */
  private withoutExtends<T extends Of<"arith"> | Of<"compare">>(insn: T): T | undefined {
    const [left, right] = [this.lowSource(insn.left, 32), this.lowSource(insn.right, 32)];
    return left === insn.left && right === insn.right ? undefined : { ...insn, left, right };
  }

  /** The value whose low `bits` are the same, behind extensions of at least as many bits. */
  private lowSource(value: ValueId, bits: number): ValueId {
    const definition = this.definitions.get(value);
    if (definition?.op !== "extend" || definition.bits < bits) return value;
    return this.lowSource(this.replaced.find(definition.value), bits);
  }

  /** `right` is the constant operand, signed. */
  private arithWith(insn: Of<"arith">, right: bigint): Better {
    const { kind, result, width, span } = insn;
    const isNeutral =
      right === 0n
        ? ["add", "sub", "or", "xor", "shl", "lshr", "ashr"].includes(kind)
        : right === 1n
          ? ["mul", "udiv", "sdiv"].includes(kind)
          : right === -1n && kind === "and";
    if (isNeutral) return this.whole(insn);
    if (right === 0n && (kind === "mul" || kind === "and")) return { op: "const", result, value: 0n, span };
    if (kind === "sub") return { ...insn, kind: "add", right: this.newConstant(-right) };
    if (kind === "and" && width === 64 && right === 0xffff_ffffn) {
      return { op: "extend", result, bits: 32, signed: false, value: insn.left, span };
    }
    const exponent = powerOfTwo(BigInt.asUintN(width, right));
    if (exponent !== undefined && kind === "mul") {
      return { ...insn, kind: "shl", right: this.newConstant(exponent) };
    }
    if (exponent !== undefined && kind === "udiv") {
      return { ...insn, kind: "lshr", right: this.newConstant(exponent) };
    }
    if (exponent !== undefined && kind === "umod") {
      return { ...insn, kind: "and", right: this.newConstant((1n << exponent) - 1n) };
    }
    return this.reassociate(insn, right);
  }

  /** `(x + 1) + 2` is `x + 3`; `and`, `or` and `xor` likewise. */
  private reassociate(insn: Of<"arith">, right: bigint): Better {
    const { kind, width } = insn;
    if (kind !== "add" && kind !== "and" && kind !== "or" && kind !== "xor") return undefined;
    const inner = this.definitions.get(insn.left);
    if (inner?.op !== "arith" || inner.kind !== kind || inner.width !== width) return undefined;
    const constant = this.constant(this.replaced.find(inner.right));
    if (constant === undefined) return undefined;
    const both = evaluateArithmetic(kind, width, constant, right);
    return {
      ...insn,
      left: this.replaced.find(inner.left),
      right: this.newConstant(BigInt.asIntN(width, both)),
    };
  }

  // ----------------------------------------------------------------------------------- compares and extends

  private compare(insn: Of<"compare">): Better {
    const { kind, width, result, span } = insn;
    const [left, right] = [this.constant(insn.left), this.constant(insn.right)];
    const truth = (isTrue: boolean): IrInstruction => ({
      op: "const",
      result,
      value: isTrue ? 1n : 0n,
      span,
    });
    if (left !== undefined && right !== undefined) return truth(evaluateCompare(kind, width, left, right));
    if (insn.left === insn.right) return truth(evaluateCompare(kind, width, 0n, 0n));
    const inner = this.definitions.get(insn.left);
    if (inner?.op === "compare" && right === 0n && kind === "ne") return { same: insn.left };
    if (inner?.op === "compare" && right === 0n && kind === "eq") {
      const [a, b] = [this.replaced.find(inner.left), this.replaced.find(inner.right)];
      return { ...inner, result, kind: inverted[inner.kind], left: a, right: b, span };
    }
    return width === 32 ? this.withoutExtends(insn) : undefined;
  }

  private extend(insn: Of<"extend">): Better {
    const { bits, signed, result, span } = insn;
    const constant = this.constant(insn.value);
    if (constant !== undefined) {
      return { op: "const", result, value: evaluateExtend(bits, signed, constant), span };
    }
    const source = this.lowSource(insn.value, bits);
    if (source !== insn.value) return { ...insn, value: source };
    const known = significantBits(insn.value, this.definitions);
    if (signed ? known < bits : known <= bits) return { same: insn.value };
    const inner = this.definitions.get(insn.value);
    if (!signed || inner === undefined) return undefined;
    if (inner.op === "load" && inner.signed && inner.size * 8 <= bits) return { same: insn.value };
    if (inner.op === "extend" && inner.signed && inner.bits <= bits) return { same: insn.value };
    return undefined;
  }

  // ------------------------------------------------------------------------------------------------- memory

  /** Only the low bytes are stored. */
  private store(insn: Of<"store">): Better {
    if (insn.size === 8) return undefined;
    const value = this.lowSource(insn.value, insn.size * 8);
    return value === insn.value ? undefined : { ...insn, value };
  }

  private fieldAddress(insn: Of<"field_addr">): Better {
    if (insn.core !== undefined) return undefined;
    if (insn.offset === 0) return { same: insn.base };
    const base = this.definitions.get(insn.base);
    const { result, span } = insn;
    const isPlain = base?.op === "field_addr" && base.core === undefined;
    if (isPlain && fitsInt32(BigInt(base.offset + insn.offset))) {
      return { ...insn, base: this.replaced.find(base.base), offset: base.offset + insn.offset };
    }
    if (base?.op === "slot_addr") {
      return { op: "slot_addr", result, slot: base.slot, offset: base.offset + insn.offset, span };
    }
    if (base?.op === "map_value_addr") {
      return { op: "map_value_addr", result, map: base.map, offset: base.offset + insn.offset, span };
    }
    return undefined;
  }
}

const fitsInt32 = (value: bigint): boolean => BigInt.asIntN(32, value) === value;

/** n for 2^n, n > 0. */
function powerOfTwo(value: bigint): bigint | undefined {
  if (value < 2n || (value & (value - 1n)) !== 0n) return undefined;
  return BigInt(value.toString(2).length - 1);
}
