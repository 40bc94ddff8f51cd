/** From IR over code generation into the machine: the way compiled scripts are run without a kernel. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { compileModule } from "../../../src/codegen/compile.js";
import { MAP_TYPE } from "../../../src/bpf/constants.js";
import { Log } from "../../../src/diag/diagnostic.js";
import { FunctionBuilder } from "../../../src/ir/builder.js";
import type { ArithmeticOp, IrFunction, IrMap } from "../../../src/ir/ir.js";
import { irNullable, irPtr } from "../../../src/ir/types.js";
import { machineFor } from "../../../src/vm/module.js";
import { word64 } from "../bpf/arbitrary.js";
import { returned, u64 } from "./support.js";

const counts: IrMap = {
  symbol: "counts",
  type: MAP_TYPE.hash,
  keySize: 8,
  valueSize: 8,
  maxEntries: 16,
  flags: 0,
};

/** counts[pid] += step from .rodata, made when missing. */
function countPid(): IrFunction {
  const b = new FunctionBuilder({
    name: "count",
    role: "program",
    section: "raw_tp",
    params: [irPtr("ctx")],
  });
  const key = b.slot(8);
  const one = b.slot(8);
  const address = b.slotAddr(key);
  b.store(address, 0, 8, b.arith("and", b.helper("get_current_pid_tgid", []), b.constInt(0xffff_ffffn)));
  const step = b.load(b.mapValueAddr(".rodata", 0), 0, 8);
  const found = b.helper("map_lookup_elem", [b.mapRef("counts"), address], irNullable("map_value"));
  const [add, make] = [b.newBlock(), b.newBlock()];
  b.branch("ne", found, b.constInt(0), add, make);
  b.setBlock(add);
  b.atomic("add", 8, found, 0, step);
  b.return(b.constInt(0));
  b.setBlock(make);
  b.store(b.slotAddr(one), 0, 8, step);
  b.helperVoid("map_update_elem", [b.mapRef("counts"), address, b.slotAddr(one), b.constInt(0)]);
  b.return(b.constInt(1));
  return b.finish();
}

test("a compiled module counts", () => {
  const log = new Log();
  const module = { functions: [countPid()], maps: [counts], rodata: u64(3n) };
  const compiled = compileModule(module, { cpuV4: false }, log);
  if (!compiled) throw new Error(JSON.stringify(log.diagnostics));
  const machine = machineFor(compiled);
  expect(returned(machine.run("count", { environment: { pid: 7 } })).r0).toBe(1n);
  expect(returned(machine.run("count", { environment: { pid: 7 } })).r0).toBe(0n);
  expect(returned(machine.run("count", { environment: { pid: 8 } })).r0).toBe(1n);
  expect(machine.map("counts").entries()).toEqual([
    { key: u64(7n), values: [u64(6n)] },
    { key: u64(8n), values: [u64(3n)] },
  ]);
});

const ARITHMETIC = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  udiv: (x, y) => (y === 0n ? 0n : x / y),
  umod: (x, y) => (y === 0n ? x : x % y),
  sdiv: (x, y, bits) => (y === 0n ? 0n : BigInt.asIntN(bits, x) / BigInt.asIntN(bits, y)),
  smod: (x, y, bits) => (y === 0n ? x : BigInt.asIntN(bits, x) % BigInt.asIntN(bits, y)),
  and: (x, y) => x & y,
  or: (x, y) => x | y,
  xor: (x, y) => x ^ y,
  shl: (x, y, bits) => x << (y % BigInt(bits)),
  lshr: (x, y, bits) => x >> (y % BigInt(bits)),
  ashr: (x, y, bits) => BigInt.asIntN(bits, x) >> (y % BigInt(bits)),
} satisfies Record<ArithmeticOp, (x: bigint, y: bigint, bits: number) => bigint>;

const step = fc.record({
  kind: fc.constantFrom(...(Object.keys(ARITHMETIC) as ArithmeticOp[])),
  width: fc.constantFrom(32 as const, 64 as const),
  left: fc.nat(1000),
  right: fc.nat(1000),
});

/** All steps' results are kept alive to the end, so that registers run out and values are spilled. */
test.each([true, false])("random arithmetic under register pressure, cpu v4: %s", (cpuV4) => {
  const inputs = fc.array(word64, { minLength: 2, maxLength: 6 });
  const steps = fc.array(step, { minLength: 1, maxLength: 25 });
  fc.assert(
    fc.property(inputs, steps, (words, list) => {
      const b = new FunctionBuilder({
        name: "main",
        role: "program",
        section: "raw_tp",
        params: [irPtr("ctx")],
      });
      const [ctx] = b.params;
      if (ctx === undefined) throw new Error("no context");
      const values = words.map((_, i) => b.load(ctx, i * 8, 8));
      const expected = [...words];
      for (const { kind, width, left, right } of list) {
        const [l, r] = [left % values.length, right % values.length];
        values.push(b.arith(kind, pick(values, l), pick(values, r), width));
        const [x, y] = [BigInt.asUintN(width, pick(expected, l)), BigInt.asUintN(width, pick(expected, r))];
        expected.push(BigInt.asUintN(width, ARITHMETIC[kind](x, y, width)));
      }
      b.return(values.slice(1).reduce((sum, value) => b.arith("xor", sum, value), pick(values, 0)));
      const log = new Log();
      const compiled = compileModule(
        { functions: [b.finish()], maps: [], rodata: new Uint8Array(0) },
        { cpuV4 },
        log,
      );
      if (!compiled) throw new Error(JSON.stringify(log.diagnostics));
      const result = returned(machineFor(compiled).run("main", { context: u64(...words) }));
      expect(result.r0).toBe(expected.reduce((sum, value) => sum ^ value));
    }),
    { numRuns: 150 },
  );
});

function pick<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error(`nothing at ${index}`);
  return found;
}
