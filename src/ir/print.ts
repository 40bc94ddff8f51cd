/** The IR as text, for `--dump` and goldens: one line an instruction, values as %n, blocks as bn. `parse.ts` reads it. */
import type { Sources } from "../base/source.js";
import type { Span } from "../base/span.js";
import type {
  CoreAccess,
  IrFunction,
  IrInstruction,
  IrMap,
  IrModule,
  IrTerminator,
  IrType,
  Jump,
  ValueId,
} from "./ir.js";

/** All functions and maps. With `sources` each source line stands above what it became. */
export function printModule(module: IrModule, sources?: Sources): string {
  const maps = module.maps.map(printMap);
  const functions = module.functions.map((fn) => `\n${printFunction(fn, sources)}`);
  return maps.join("") + printRodata(module.rodata) + functions.join("");
}

function printMap(map: IrMap): string {
  const { symbol, type, keySize, valueSize, maxEntries, flags } = map;
  const types = [
    map.keyType === undefined ? "" : ` keys ${JSON.stringify(map.keyType)}`,
    map.valueType === undefined ? "" : ` values ${JSON.stringify(map.valueType)}`,
  ];
  return `map ${symbol} type ${type} key ${keySize} value ${valueSize} entries ${maxEntries} flags ${flags}${types.join("")}\n`;
}

/** Bytes a line; lines of zeroes are left out. */
const rodataLine = 32;

function printRodata(bytes: Uint8Array): string {
  if (bytes.length === 0) return "";
  let out = `rodata ${bytes.length} bytes\n`;
  for (let start = 0; start < bytes.length; start += rodataLine) {
    const line = bytes.subarray(start, start + rodataLine);
    if (line.every((byte) => byte === 0)) continue;
    const hex = [...line].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    out += `  ${start} ${hex}\n`;
  }
  return out;
}

function printFunction(fn: IrFunction, sources?: Sources): string {
  const slots = fn.slots
    .map(
      (slot, id) =>
        `  slot s${id} ${slot.size} align ${slot.align}${slot.name === "" ? "" : ` ${slot.name}`}\n`,
    )
    .join("");
  let shown = "";
  const place = (span: Span | undefined): string => {
    if (span === undefined || sources === undefined) return "";
    const { line } = sources.position(span.source, span.start);
    const text = `  ; ${sources.get(span.source).name}:${line}: ${sources.line(span.source, line).trim()}\n`;
    if (text === shown) return "";
    shown = text;
    return text;
  };
  let out = `${fn.role} ${fn.name}${fn.section === "" ? "" : ` section ${fn.section}`}\n${slots}`;
  for (const block of fn.blocks) {
    const params = block.params
      .map((param) => `${v(param)}: ${printIrType(fn.valueTypes[param])}`)
      .join(", ");
    out += `b${block.id}(${params}):\n`;
    for (const insn of block.instructions) out += `${place(insn.span)}    ${printInstruction(insn, fn)}\n`;
    out += `${place(block.terminator.span)}    ${printTerminator(block.terminator)}\n`;
  }
  return out;
}

const v = (value: ValueId): string => `%${value}`;

function printIrType(type: IrType | undefined): string {
  if (type === undefined) return "?";
  return type.kind === "int" ? "int" : `${type.space}${type.nullable ? "?" : ""}`;
}

function printInstruction(insn: IrInstruction, fn: IrFunction): string {
  const result = "result" in insn && insn.result !== undefined ? insn.result : undefined;
  const type = result === undefined ? undefined : fn.valueTypes[result];
  const shown = type?.kind === "ptr" ? ` : ${printIrType(type)}` : "";
  return `${result === undefined ? "" : `${v(result)}${shown} = `}${body(insn)}`;
}

const at = (address: ValueId, offset: number): string =>
  `[${v(address)}${offset === 0 ? "" : ` + ${offset}`}]`;
const core = (access: CoreAccess | undefined): string =>
  access === undefined
    ? ""
    : ` core ${access.module === undefined ? "" : `${access.module}/`}${access.root}:${access.access}${access.kind === undefined ? "" : ` ${access.kind}`}`;
const list = (values: readonly ValueId[]): string => values.map(v).join(", ");

function body(insn: IrInstruction): string {
  switch (insn.op) {
    case "const":
      return `const ${insn.value}`;
    case "arith":
    case "compare":
      return `${insn.kind}${insn.width} ${v(insn.left)}, ${v(insn.right)}`;
    case "extend":
      return `${insn.signed ? "sext" : "zext"}${insn.bits} ${v(insn.value)}`;
    case "bswap":
      return `bswap${insn.bits} ${v(insn.value)}`;
    case "load":
      return `load${insn.signed ? "s" : "u"}${insn.size * 8} ${at(insn.address, insn.offset)}${core(insn.core)}`;
    case "store":
      return `store${insn.size * 8} ${at(insn.address, insn.offset)}, ${v(insn.value)}`;
    case "zero":
      return `zero ${at(insn.address, insn.offset)}, ${insn.size}`;
    case "copy":
      return `copy ${at(insn.to, insn.toOffset)}, ${at(insn.from, insn.fromOffset)}, ${insn.size} align ${insn.align}`;
    case "slot_addr":
      return `slot_addr s${insn.slot} + ${insn.offset}`;
    case "map_ref":
      return `map_ref ${insn.map}`;
    case "map_value_addr":
      return `map_value_addr ${insn.map} + ${insn.offset}`;
    case "func_ref":
      return `func_ref ${insn.function}`;
    case "ptr_add":
      return `ptr_add ${v(insn.base)}, ${v(insn.index)}`;
    case "field_addr":
      return `field_addr ${v(insn.base)} + ${insn.offset}${core(insn.core)}`;
    case "atomic":
      return `atomic ${insn.kind}${insn.size * 8} ${at(insn.address, insn.offset)}, ${v(insn.value)}`;
    case "helper":
      return `helper ${insn.helper}(${list(insn.args)})`;
    case "kfunc":
      return `kfunc ${insn.name}(${list(insn.args)})`;
    case "call":
      return `call ${insn.function}(${list(insn.args)})`;
  }
}

function jump(to: Jump): string {
  return `b${to.block}(${list(to.args)})`;
}

function printTerminator(term: IrTerminator): string {
  switch (term.op) {
    case "jump":
      return `jump ${jump(term.to)}`;
    case "branch":
      return `branch ${term.kind}${term.width} ${v(term.left)}, ${v(term.right)}, ${jump(term.then)}, ${jump(term.otherwise)}`;
    case "switch": {
      const cases = term.cases.map((c) => `${c.value} -> ${jump(c.to)}`).join(", ");
      return `switch ${v(term.value)}, ${cases}, else ${jump(term.otherwise)}`;
    }
    case "return":
      return `return ${v(term.value)}`;
    case "unreachable":
      return "unreachable";
  }
}
