/**
 * Builds one IR function, block after block. Mutable variables become block parameters on the fly, after
 * Braun et al., "Simple and Efficient Construction of SSA Form" (2013): a variable read in a block that did
 * not write it makes a parameter, whose arguments are filled in by `finish`, when all predecessors are known;
 * parameters that only ever hold one value vanish again.
 */
import type { Branded } from "../base/ids.js";
import { append } from "../base/multimap.js";
import type { Span } from "../base/span.js";
import type {
  BlockId,
  FunctionRole,
  IrBlock,
  IrFunction,
  IrInstruction,
  IrSlot,
  IrTerminator,
  IrType,
  Jump,
  ValueId,
} from "./ir.js";
import { irInt } from "./types.js";
import { jumps, mapJumps } from "./uses.js";
import { removeTrivialParams } from "./trivial-params.js";

/** A mutable variable of the function being built. */
export type Variable = Branded<number, "Variable">;

export interface FunctionHead {
  readonly name: string;
  readonly role: FunctionRole;
  /** ELF section; "" for subprograms and callbacks. */
  readonly section: string;
  /** At most five. */
  readonly params: readonly IrType[];
}

interface OpenBlock {
  readonly id: BlockId;
  readonly params: ValueId[];
  readonly instructions: IrInstruction[];
  terminator: IrTerminator | undefined;
  /** Value of each variable at the end of the block, as far as known. */
  readonly variables: Map<Variable, ValueId>;
}

type WithoutBase<T> = T extends unknown ? Omit<T, "span"> : never;
type Bare = WithoutBase<IrInstruction>;
type BareTerminator = WithoutBase<IrTerminator>;

/** Blocks, places and variables; what the instructions are is for `FunctionBuilder` to say. */
export abstract class BlockBuilder {
  /** The function's own parameters. */
  readonly params: readonly ValueId[];
  readonly entry: BlockId;
  private readonly blocks: OpenBlock[] = [];
  private readonly types: IrType[] = [];
  protected readonly slots: IrSlot[] = [];
  private readonly variables: IrType[] = [];
  /** Parameters made for variables; their arguments are still missing in the jumps to the block. */
  private readonly pending: { block: OpenBlock; variable: Variable; param: ValueId }[] = [];
  private current: OpenBlock;
  private span: Span | undefined;

  constructor(private readonly head: FunctionHead) {
    if (head.params.length > 5) throw new Error(`${head.name}: more than five parameters`);
    this.entry = this.newBlock(head.params);
    this.current = this.block(this.entry);
    this.params = this.current.params.slice();
  }

  // ------------------------------------------------------------------------------------------------- places

  /** Everything built from now on comes from this place of the script. */
  at(span: Span | undefined): this {
    this.span = span;
    return this;
  }

  /** The place given to `at` last. */
  get place(): Span | undefined {
    return this.span;
  }

  /** An empty block; its parameters are `blockParams(id)`. Building goes on where it was until `setBlock`. */
  newBlock(params: readonly IrType[] = []): BlockId {
    const id = this.blocks.length as BlockId;
    this.blocks.push({
      id,
      params: params.map((t) => this.newValue(t)),
      instructions: [],
      terminator: undefined,
      variables: new Map(),
    });
    return id;
  }

  setBlock(id: BlockId): this {
    this.current = this.block(id);
    return this;
  }

  get currentBlock(): BlockId {
    return this.current.id;
  }

  /** Is the current block ended already? What is built then goes nowhere and is dropped. */
  get terminated(): boolean {
    return this.current.terminator !== undefined;
  }

  /** The parameters asked for in `newBlock`, not those made for variables. */
  blockParams(id: BlockId): readonly ValueId[] {
    return this.block(id).params;
  }

  typeOf(value: ValueId): IrType {
    const type = this.types[value];
    if (type === undefined) throw new Error(`${this.head.name}: no value %${value}`);
    return type;
  }

  // ---------------------------------------------------------------------------------------------- variables

  /** Zero until written. */
  declareVariable(type: IrType = irInt): Variable {
    return (this.variables.push(type) - 1) as Variable;
  }

  readVariable(variable: Variable): ValueId {
    return this.readAtEnd(this.current, variable);
  }

  writeVariable(variable: Variable, value: ValueId): void {
    this.current.variables.set(variable, value);
  }

  private readAtEnd(block: OpenBlock, variable: Variable): ValueId {
    const known = block.variables.get(variable);
    if (known !== undefined) return known;
    const type = this.variables[variable] ?? irInt;
    let value: ValueId;
    if (block.id === this.entry) {
      value = this.newValue(type);
      block.instructions.unshift({ op: "const", result: value, value: 0n });
    } else {
      value = this.newValue(type);
      this.pending.push({ block, variable, param: value });
    }
    block.variables.set(variable, value);
    return value;
  }

  // ------------------------------------------------------------------------------------------------- finish

  /** The function; unreachable blocks are dropped. Throws when a reachable block has no end. */
  finish(): IrFunction {
    const reachable = this.reachable();
    const incoming = new Map<BlockId, OpenBlock[]>();
    for (const block of reachable)
      for (const jump of jumps(this.endOf(block))) append(incoming, jump.block, block);
    // Filling one parameter may ask for more of them in the predecessors: the list grows while it is walked.
    const extra = new Map<BlockId, { variable: Variable; param: ValueId }[]>();
    const values = new Map<string, ValueId>();
    const isReachable = new Set(reachable);
    for (let i = 0; i < this.pending.length; i++) {
      const entry = this.pending[i];
      if (entry === undefined || !isReachable.has(entry.block)) continue;
      append(extra, entry.block.id, entry);
      for (const from of new Set(incoming.get(entry.block.id)))
        values.set(`${from.id}:${entry.variable}`, this.readAtEnd(from, entry.variable));
    }
    const blocks = reachable.map((block): IrBlock => {
      const fill = (jump: Jump): Jump => {
        const more = (extra.get(jump.block) ?? []).map((e) => values.get(`${block.id}:${e.variable}`));
        return { block: jump.block, args: [...jump.args, ...more.filter((v) => v !== undefined)] };
      };
      return {
        id: block.id,
        params: [...block.params, ...(extra.get(block.id) ?? []).map((e) => e.param)],
        instructions: block.instructions,
        terminator: mapJumps(this.endOf(block), fill),
      };
    });
    const { name, role, section } = this.head;
    return removeTrivialParams({ name, role, section, blocks, valueTypes: this.types, slots: this.slots });
  }

  private reachable(): OpenBlock[] {
    const seen = new Set<BlockId>([this.entry]);
    for (const id of seen) for (const jump of jumps(this.endOf(this.block(id)))) seen.add(jump.block);
    return this.blocks.filter((b) => seen.has(b.id));
  }

  private endOf(block: OpenBlock): IrTerminator {
    if (block.terminator === undefined) throw new Error(`${this.head.name}: block b${block.id} has no end`);
    return block.terminator;
  }

  private block(id: BlockId): OpenBlock {
    const block = this.blocks[id];
    if (block === undefined) throw new Error(`${this.head.name}: no block b${id}`);
    return block;
  }

  protected newValue(type: IrType): ValueId {
    return (this.types.push(type) - 1) as ValueId;
  }

  protected value(type: IrType, make: (result: ValueId) => Bare): ValueId {
    const result = this.newValue(type);
    this.effect(make(result));
    return result;
  }

  protected effect(insn: Bare): void {
    if (this.terminated) return;
    this.current.instructions.push(this.span === undefined ? insn : { ...insn, span: this.span });
  }

  /** A second end of a block comes after a `return` or `exit()`: it is never reached. */
  protected end(terminator: BareTerminator): void {
    if (this.terminated) return;
    this.current.terminator = this.span === undefined ? terminator : { ...terminator, span: this.span };
  }
}
