/** Text of a typed program for `--dump=types`: the script again, every conversion and type written out. */
import { printType } from "../types/print.js";
import type {
  Place,
  TypedCall,
  TypedExpression,
  TypedProbe,
  TypedProgram,
  TypedStatement,
} from "./typed-program.js";

export function printTypedProgram(program: TypedProgram): string {
  const maps = program.maps.map((map) => {
    const key = map.key === undefined ? "" : `[${printType(map.key)}]`;
    return `map ${map.name}${key} : ${printType(map.value)}, ${map.maxEntries} entries\n`;
  });
  return maps.join("") + program.probes.map((probe) => printProbe(probe, program)).join("");
}

function printProbe(probe: TypedProbe, program: TypedProgram): string {
  const printer = new Printer(program, probe);
  const onReturn =
    probe.onReturn === undefined ? "" : `\nwhere they return:${printProbe(probe.onReturn, program)}`;
  const locals = probe.locals.map((local) => `  let ${local.name} : ${printType(local.type)}\n`).join("");
  const predicate = probe.predicate === undefined ? "" : ` / ${printer.expression(probe.predicate)} /`;
  const points = probe.attach.map((attach) => attach.probe);
  const shown =
    points.length > 3 ? `${points.slice(0, 3).join(", ")}, … ${points.length} in all` : points.join(", ");
  const head = `\n${probe.name} (${probe.section}, context ${probe.context}): ${shown}${predicate}\n`;
  return `${head}${locals}${printer.statements(probe.body, "  ")}${onReturn}`;
}

class Printer {
  constructor(
    private readonly program: TypedProgram,
    private readonly probe: TypedProbe,
  ) {}

  statements(body: readonly TypedStatement[], indent: string): string {
    return body.map((statement) => `${indent}${this.statement(statement, indent)}\n`).join("");
  }

  private block(body: readonly TypedStatement[], indent: string): string {
    return `{\n${this.statements(body, `${indent}  `)}${indent}}`;
  }

  private statement(s: TypedStatement, indent: string): string {
    switch (s.kind) {
      case "expression":
        return this.expression(s.value);
      case "set_local":
        return `${this.place({ kind: "local", local: s.local })} = ${this.expression(s.value)}`;
      case "set_map":
        return `${this.place({ kind: "map", map: s.map, key: s.key })} = ${this.expression(s.value)}`;
      case "aggregate": {
        const map = this.program.maps[s.map];
        const name = map === undefined ? "?" : printType(map.value);
        return `${this.place({ kind: "map", map: s.map, key: s.key })} <- ${name}(${this.list(s.args)})`;
      }
      case "if": {
        const otherwise = s.otherwise.length === 0 ? "" : ` else ${this.block(s.otherwise, indent)}`;
        return `if ${this.expression(s.condition)} ${this.block(s.then, indent)}${otherwise}`;
      }
      case "while":
        return `while ${this.expression(s.condition)} ${this.block(s.body, indent)}`;
      case "unroll":
        return `unroll ${this.expression(s.count)} ${this.block(s.body, indent)}`;
      case "for_range": {
        const range = `${this.expression(s.from)} .. ${this.expression(s.to)}`;
        return `for ${this.place({ kind: "local", local: s.local })} : ${range} ${this.block(s.body, indent)}`;
      }
      case "for_map":
        return `for ${this.place({ kind: "local", local: s.local })} : ${this.mapName(s.map)} ${this.block(s.body, indent)}`;
      case "break":
      case "continue":
        return s.kind;
      case "return":
        return s.value === undefined ? "return" : `return ${this.expression(s.value)}`;
      case "block":
        return this.block(s.body, indent);
    }
  }

  private mapName(map: number): string {
    return this.program.maps[map]?.name ?? "@?";
  }

  private place(place: Place): string {
    if (place.kind === "local") return this.probe.locals[place.local]?.name ?? "$?";
    return `${this.mapName(place.map)}${place.key === undefined ? "" : `[${this.expression(place.key)}]`}`;
  }

  private list(values: readonly TypedExpression[]): string {
    return values.map((value) => this.expression(value)).join(", ");
  }

  expression(e: TypedExpression): string {
    return `${this.bare(e)} : ${printType(e.type)}`;
  }

  private bare(e: TypedExpression): string {
    switch (e.kind) {
      case "constant":
        return `${e.value}`;
      case "string":
        return JSON.stringify(new TextDecoder().decode(e.bytes));
      case "local":
      case "map":
        return this.place(e.kind === "local" ? e : { kind: "map", map: e.map, key: e.key });
      case "convert":
      case "negate":
      case "invert":
      case "not":
        return `${e.kind}(${this.expression(e.value)})`;
      case "arithmetic":
      case "compare":
      case "logical":
        return `(${this.expression(e.left)} ${e.operator} ${this.expression(e.right)})`;
      case "ternary":
        return `(${this.expression(e.condition)} ? ${this.expression(e.then)} : ${this.expression(e.otherwise)})`;
      case "step":
        return `step(${this.place(e.target)}, ${e.step}, ${e.result})`;
      case "update":
        return `(${this.place(e.target)} ${e.operator}= ${this.expression(e.value)})`;
      case "dereference":
        return `*(${this.expression(e.pointer)})`;
      case "field":
        return `(${this.expression(e.object)}).${e.member.name}`;
      case "index":
        return `(${this.expression(e.array)})[${this.expression(e.index)}]`;
      case "pointer_add":
        return `(${this.expression(e.pointer)} + ${this.expression(e.index)})`;
      case "tuple":
        return `(${this.list(e.elements)})`;
      case "element":
        return `(${this.expression(e.tuple)}).${e.index}`;
      case "address_of":
        return `&${this.place(e.target)}`;
      case "call":
        return this.call(e.call);
      case "block":
        return `{ ${e.body.length} statements; ${this.expression(e.result)} }`;
    }
  }

  private call(call: TypedCall): string {
    const parts = [
      ...(call.map === undefined ? [] : [this.mapName(call.map)]),
      ...(call.text === undefined ? [] : [JSON.stringify(call.text)]),
      ...(call.numbers ?? []).map((number) => `#${number}`),
      ...call.args.map((arg) => this.expression(arg)),
    ];
    return parts.length === 0 ? call.name : `${call.name}(${parts.join(", ")})`;
  }
}
