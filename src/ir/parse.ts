/**
 * Reads back what `print.ts` writes: the input of golden tests. Comments (`;` to the end of the line) are skipped.
 * Throws at the first line it cannot read; nobody but tests and their authors writes this text.
 */
import type {
  FunctionRole,
  IrBlock,
  IrDataType,
  IrFunction,
  IrInstruction,
  IrMap,
  IrModule,
  IrSlot,
  IrTerminator,
  IrType,
  MemorySize,
} from "./ir.js";
import { LineReader } from "./line-reader.js";
import { parseInstruction, parseTerminator } from "./parse-operations.js";
import { irInt } from "./types.js";

const roles: readonly FunctionRole[] = ["program", "sub", "callback"];

interface OpenBlock extends Pick<IrBlock, "id" | "params"> {
  readonly instructions: IrInstruction[];
  terminator: IrTerminator | undefined;
}

interface OpenFunction extends Pick<IrFunction, "name" | "role" | "section"> {
  readonly blocks: OpenBlock[];
  readonly valueTypes: IrType[];
  readonly slots: IrSlot[];
}

export function parseModule(text: string): IrModule {
  const maps: IrMap[] = [];
  const functions: OpenFunction[] = [];
  let rodata = new Uint8Array(0);
  text.split("\n").forEach((raw, i) => {
    const line = new LineReader(raw, i + 1);
    if (line.atEnd) return;
    const role = roles.find((each) => line.take(`${each} `));
    const fn = functions.at(-1);
    if (role !== undefined) functions.push(parseHead(role, line));
    else if (fn !== undefined) parseLine(line, fn);
    else if (line.take("map ")) maps.push(parseMap(line));
    else if (line.take("rodata ")) rodata = new Uint8Array(line.number());
    else {
      const start = line.number();
      rodata.set(parseBytes(line), start);
    }
  });
  return { functions: functions.map(finish), maps, rodata };
}

/** Of one function alone. */
export function parseFunction(text: string): IrFunction {
  const [fn] = parseModule(text).functions;
  if (fn === undefined) throw new Error("IR text without a function");
  return fn;
}

function parseBytes(line: LineReader): Uint8Array {
  const hex = line.match(/[0-9a-f]+/) ?? line.fail("bytes");
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function parseMap(line: LineReader): IrMap {
  const symbol = line.word();
  const field = (name: string): number => {
    line.expect(`${name} `);
    return line.number();
  };
  const map: IrMap = {
    symbol,
    type: field("type"),
    keySize: field("key"),
    valueSize: field("value"),
    maxEntries: field("entries"),
    flags: field("flags"),
  };
  // What was printed as JSON is of the type it was printed from.
  const keyType = line.take("keys ") ? { keyType: line.json() as IrDataType } : {};
  const valueType = line.take("values ") ? { valueType: line.json() as IrDataType } : {};
  return { ...map, ...keyType, ...valueType };
}

function parseHead(role: FunctionRole, line: LineReader): OpenFunction {
  const name = line.word();
  const section = line.take("section ") ? line.rest() : "";
  return { name, role, section, blocks: [], valueTypes: [], slots: [] };
}

function parseLine(line: LineReader, fn: OpenFunction): void {
  if (line.take("slot s")) {
    const id = line.number();
    const size = line.number();
    line.expect("align ");
    const align = line.number() as MemorySize;
    fn.slots[id] = { size, align, name: line.rest() };
    return;
  }
  const block = parseLabel(line, fn);
  if (block !== undefined) {
    fn.blocks.push(block);
    return;
  }
  const open = fn.blocks.at(-1) ?? line.fail("a block");
  const terminator = parseTerminator(line);
  if (terminator !== undefined) open.terminator = terminator;
  else open.instructions.push(parseInstruction(line, fn.valueTypes));
}

function parseLabel(line: LineReader, fn: OpenFunction): OpenBlock | undefined {
  const label = line.match(/b\d+\(/);
  if (label === undefined) return undefined;
  const params: OpenBlock["params"][number][] = [];
  while (!line.take("):")) {
    const param = line.value();
    line.expect(":");
    fn.valueTypes[param] = line.type();
    params.push(param);
    line.take(",");
  }
  return { id: Number(label.slice(1, -1)) as IrBlock["id"], params, instructions: [], terminator: undefined };
}

function finish(fn: OpenFunction): IrFunction {
  const blocks = fn.blocks.map(({ terminator, ...block }): IrBlock => {
    if (terminator === undefined) throw new Error(`${fn.name}: b${block.id} has no end`);
    return { ...block, terminator };
  });
  // Numbers nobody uses any more leave holes.
  const valueTypes = Array.from(fn.valueTypes, (type) => type ?? irInt);
  return { ...fn, blocks, valueTypes };
}
