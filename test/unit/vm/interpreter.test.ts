import { describe, expect, test } from "vitest";
import type { Item } from "../../../src/bpf/insn.js";
import {
  alu,
  at,
  call,
  callFn,
  exit,
  fault,
  ja,
  jmp,
  ldx,
  machine,
  mapAndKey,
  mov,
  r0,
  returned,
  run,
  st,
  stx,
  u64,
  wide,
} from "./support.js";

describe("programs", () => {
  test("a counted loop", () => {
    const sum = [
      mov(0, 0),
      mov(1, 10),
      at(0),
      alu("add", 0, "r1"),
      alu("sub", 1, 1),
      jmp("ne", 1, 0, 0),
      exit,
    ];
    expect(returned(run(sum))).toMatchObject({ r0: 55n, steps: 2 + 3 * 10 + 1 });
  });

  test("the context is what r1 points to", () => {
    expect(r0([ldx(8, 0, 1, 8), exit], { context: u64(7n, 42n) })).toBe(42n);
    expect(r0([ldx(1, 0, 1, 1), exit], { context: u64(0x1234n) })).toBe(0x12n);
  });

  test("sign-extending loads", () => {
    const load: Item = { kind: "ldx", size: 2, signed: true, dst: 0, src: 1, off: 0 };
    expect(r0([load, exit], { context: u64(0xfffen) })).toBe(0xffff_ffff_ffff_fffen);
  });

  test("stack, narrow stores and loads", () => {
    expect(r0([st(8, 10, -8, -1), st(2, 10, -6, 0), ldx(8, 0, 10, -8), exit])).toBe(0xffff_ffff_0000_ffffn);
  });

  test("subprograms have registers and stack of their own and may use the caller's stack by pointer", () => {
    const main = [
      mov(6, 1),
      st(8, 10, -8, 5),
      mov(1, "r10"),
      alu("add", 1, -8),
      mov(2, 37),
      callFn("addTo"),
      ldx(8, 1, 10, -8),
      alu("add", 0, "r1"),
      alu("add", 0, "r6"),
      exit,
    ];
    const addTo = [mov(6, 1000), ldx(8, 0, 1), alu("add", 0, "r2"), stx(8, 1, 0, 0), mov(0, 100), exit];
    expect(r0(main, { functions: { addTo } })).toBe(143n);
  });

  test("atomics", () => {
    const atomic = (op: "add" | "xchg" | "cmpxchg" | "or", fetch: boolean, size: 4 | 8 = 8): Item => ({
      kind: "atomic",
      op,
      fetch,
      size,
      dst: 10,
      off: -8,
      src: 1,
    });
    const cell = [st(8, 10, -8, 40), mov(1, 2)];
    expect(r0([...cell, atomic("add", false), ldx(8, 0, 10, -8), exit])).toBe(42n);
    expect(r0([...cell, atomic("add", true), mov(0, "r1"), exit])).toBe(40n);
    expect(r0([...cell, atomic("xchg", true), ldx(8, 0, 10, -8), exit])).toBe(2n);
    expect(r0([...cell, mov(0, 40), atomic("cmpxchg", true), ldx(8, 0, 10, -8), exit])).toBe(2n);
    expect(r0([...cell, mov(0, 41), atomic("cmpxchg", true), exit])).toBe(40n);
    // 32 bits: the upper half of the cell stays, the fetched value is zero-extended.
    const high = [wide(1, 0x7_ffff_ffffn), stx(8, 10, -8, 1), mov(1, 1), atomic("add", true, 4)];
    expect(r0([...high, ldx(8, 0, 10, -8), exit])).toBe(0x7_0000_0000n);
    expect(r0([...high, mov(0, "r1"), exit])).toBe(0xffff_ffffn);
  });
});

describe("callbacks", () => {
  const main = (rounds: number): Item[] => [
    st(8, 10, -8, 0),
    mov(1, rounds),
    { kind: "loadFunction", dst: 2, symbol: "body" },
    mov(3, "r10"),
    alu("add", 3, -8),
    mov(4, 0),
    call("loop"),
    ldx(8, 6, 10, -8),
    alu("lsh", 6, 32),
    alu("or", 0, "r6"),
    exit,
  ];

  test("bpf_loop counts rounds and passes the context", () => {
    const body = [ldx(8, 0, 2), alu("add", 0, "r1"), stx(8, 2, 0, 0), mov(0, 0), exit];
    expect(r0(main(5), { functions: { body } })).toBe((10n << 32n) | 5n);
  });

  test("bpf_loop stops when the callback says so", () => {
    const body = [mov(0, 0), jmp("lt", 1, 2, 0), mov(0, 1), at(0), exit];
    expect(r0(main(5), { functions: { body } })).toBe(3n);
  });

  test("bpf_for_each_map_elem sees every pair once", () => {
    const walk: Item[] = [
      st(8, 10, -8, 0),
      ...mapAndKey("counts", 0),
      { kind: "loadFunction", dst: 2, symbol: "body" },
      mov(3, "r10"),
      alu("add", 3, -8),
      mov(4, 0),
      call("for_each_map_elem"),
      ldx(8, 0, 10, -8),
      exit,
    ];
    const body = [
      ldx(8, 0, 2),
      ldx(8, 5, 3),
      alu("mul", 0, "r5"),
      ldx(8, 5, 4),
      alu("add", 0, "r5"),
      stx(8, 4, 0, 0),
      mov(0, 0),
      exit,
    ];
    const vm = machine(walk, {
      maps: [{ name: "counts", type: "hash", keySize: 8, valueSize: 8, maxEntries: 4 }],
      functions: { body },
    });
    vm.map("counts").set(u64(2n), u64(10n));
    vm.map("counts").set(u64(3n), u64(100n));
    expect(returned(vm.run("main")).r0).toBe(320n);
  });

  test("iterators of open-coded loops", () => {
    const kfunc = (symbol: string): Item => ({ kind: "callKfunc", symbol });
    const it = [mov(1, "r10"), alu("add", 1, -8)];
    const main = [
      mov(6, 0),
      ...it,
      mov(2, 3),
      mov(3, 6),
      kfunc("bpf_iter_num_new"),
      at(0),
      ...it,
      kfunc("bpf_iter_num_next"),
      jmp("eq", 0, 0, 1),
      ldx(4, 0, 0),
      alu("add", 6, "r0"),
      ja(0),
      at(1),
      ...it,
      kfunc("bpf_iter_num_destroy"),
      mov(0, "r6"),
      exit,
    ];
    expect(r0(main)).toBe(3n + 4n + 5n);
  });
});

describe("faults say what is wrong and where", () => {
  const cases: [string, Item[], string][] = [
    ["a register without value", [mov(0, "r3"), exit], "read of r3"],
    ["no result", [exit], "read of r0"],
    ["lost over a call", [mov(1, 1), call("ktime_get_ns"), mov(0, "r1"), exit], "read of r1"],
    ["an argument missing", [call("get_current_comm"), exit], "read of r2"],
    ["null", [mov(1, 0), ldx(8, 0, 1, 16), exit], "null pointer"],
    ["nowhere", [wide(1, 0xdead_0000n), ldx(8, 0, 1), exit], "no memory there"],
    ["stack not written", [ldx(8, 0, 10, -8), exit], "uninitialised stack at fp-8"],
    ["stack half written", [st(4, 10, -8, 0), ldx(8, 0, 10, -8), exit], "uninitialised stack at fp-8"],
    ["stack misaligned", [st(8, 10, -12, 0), exit], "misaligned stack write of 8 bytes at fp-12"],
    ["below the stack", [st(8, 10, -520, 0), exit], "offset -8 of stack of main"],
    ["above the stack", [st(8, 10, 0, 0), exit], "offset 512 of stack of main (frame 0), which has 512"],
    ["frame pointer", [mov(10, 0), exit], "write to the frame pointer"],
    ["past the end", [mov(0, 0)], "past the last instruction"],
    ["context written", [st(8, 1, 0, 0), exit], "read-only context"],
    ["unknown helper", [call("find_vma"), exit], "find_vma is not simulated"],
    ["no map", [mov(1, 0), mov(2, "r10"), call("map_lookup_elem"), exit], "wants a map"],
    ["map read as memory", [...mapAndKey("m", 8), ldx(8, 0, 1), exit], "of map m, which has 0"],
  ];
  test.each(cases)("%s", (_name, items, reason) => {
    const maps = [{ name: "m", type: "array", keySize: 4, valueSize: 8, maxEntries: 1 }] as const;
    expect(fault(items, { context: u64(0n), maps })).toContain(reason);
  });

  test("the place is named", () => {
    const bad = [mov(0, 0), ldx(4, 0, 1, 4), exit];
    const result = run([mov(1, 0), callFn("bad"), exit], { functions: { bad } });
    expect(result).toMatchObject({ functionName: "bad", index: 1, text: "r0 = *(u32 *)(r1 + 4)" });
  });

  test("endless loops end", () => {
    expect(fault([at(0), ja(0)], { budget: 100 })).toBe("more than 100 instructions executed");
  });

  test("recursion ends", () => {
    expect(fault([callFn("main"), exit])).toBe("more than 8 nested calls");
  });

  test("frames share 512 bytes of stack", () => {
    const use = (bytes: number, ...rest: Item[]): Item[] => [st(8, 10, -bytes, 0), ...rest, mov(0, 0), exit];
    expect(r0(use(256, callFn("leaf")), { functions: { leaf: use(256) } })).toBe(0n);
    expect(fault(use(256, callFn("leaf")), { functions: { leaf: use(264) } })).toContain(
      "544 bytes of stack together",
    );
  });

  test("stack of a finished call is gone", () => {
    const leaf = [st(8, 10, -8, 1), mov(0, "r10"), exit];
    expect(fault([callFn("leaf"), ldx(8, 0, 0, -8), exit], { functions: { leaf } })).toContain(
      "no memory there",
    );
  });
});
