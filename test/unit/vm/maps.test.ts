import { describe, expect, test } from "vitest";
import type { Item } from "../../../src/bpf/insn.js";
import { ERRNO, indexKey, type MapSpec } from "../../../src/vm/index.js";
import {
  alu,
  at,
  call,
  exit,
  fault,
  jmp,
  ldx,
  loadMap,
  machine,
  mapAndKey,
  mov,
  r0,
  returned,
  st,
  stx,
  u64,
} from "./support.js";

const hash: MapSpec = { name: "m", type: "hash", keySize: 8, valueSize: 8, maxEntries: 2 };

/** m[key] = value with flags; the helper's status is the result. */
const update = (key: number, value: number, flags = 0): Item[] => [
  st(8, 10, -8, key),
  st(8, 10, -16, value),
  ...mapAndKey("m", 8),
  mov(3, "r10"),
  alu("add", 3, -16),
  mov(4, flags),
  call("map_update_elem"),
];

/** r0 = address of m[key] or null */
const lookup = (key: number): Item[] => [st(8, 10, -8, key), ...mapAndKey("m", 8), call("map_lookup_elem")];

const remove = (key: number): Item[] => [st(8, 10, -8, key), ...mapAndKey("m", 8), call("map_delete_elem")];

/** Null becomes -1, else the value. */
const valueOrMinusOne: Item[] = [jmp("ne", 0, 0, 90), mov(0, -1), exit, at(90), ldx(8, 0, 0), exit];

function status(result: bigint): bigint {
  return BigInt.asIntN(64, result);
}

describe("hash", () => {
  test("update, look up, delete", () => {
    const maps = [hash];
    expect(r0([...update(1, 11), ...lookup(1), ...valueOrMinusOne], { maps })).toBe(11n);
    expect(status(r0([...update(1, 11), ...lookup(2), ...valueOrMinusOne], { maps }))).toBe(-1n);
    expect(status(r0([...update(1, 11), ...remove(1), ...lookup(1), ...valueOrMinusOne], { maps }))).toBe(
      -1n,
    );
    expect(status(r0([...remove(1), exit], { maps }))).toBe(ERRNO.ENOENT);
  });

  test("flags and the limit", () => {
    const maps = [hash];
    expect(status(r0([...update(1, 1), ...update(1, 2, 1), exit], { maps }))).toBe(ERRNO.EEXIST);
    expect(status(r0([...update(1, 1, 2), exit], { maps }))).toBe(ERRNO.ENOENT);
    expect(status(r0([...update(1, 1, 9), exit], { maps }))).toBe(ERRNO.EINVAL);
    expect(status(r0([...update(1, 1), ...update(2, 1), ...update(3, 1), exit], { maps }))).toBe(ERRNO.E2BIG);
  });

  test("a pointer to a deleted value is good until the run ends, then the memory is given back", () => {
    const items = [...update(1, 11), ...lookup(1), mov(6, "r0"), ...remove(1), ldx(8, 0, 6), exit];
    expect(r0(items, { maps: [hash] })).toBe(11n);
  });

  test("writes through the pointer are in the map; bytes past the value are not", () => {
    const vm = machine([...update(1, 11), ...lookup(1), mov(1, 99), stx(8, 0, 0, 1), mov(0, 0), exit], {
      maps: [hash],
    });
    returned(vm.run("main"));
    expect(vm.map("m").entries()).toEqual([{ key: u64(1n), values: [u64(99n)] }]);
    expect(fault([...update(1, 11), ...lookup(1), ldx(8, 0, 0, 1), exit], { maps: [hash] })).toBe(
      "read of 8 bytes at offset 1 of value of map m, which has 8",
    );
  });

  test("lru throws out the element looked at longest ago", () => {
    const maps: MapSpec[] = [{ ...hash, type: "lru_hash" }];
    const vm = machine([...update(1, 1), ...update(2, 2), ...lookup(1), ...update(3, 3), exit], { maps });
    expect(returned(vm.run("main")).r0).toBe(0n);
    expect(vm.map("m").keys()).toEqual([u64(1n), u64(3n)]);
  });

  test("per-CPU values are apart", () => {
    const maps: MapSpec[] = [{ ...hash, type: "percpu_hash" }];
    const vm = machine([...update(1, 5), exit], { maps, environment: { cpus: 3 } });
    returned(vm.run("main", { environment: { cpu: 2 } }));
    expect(vm.map("m").get(u64(1n))).toEqual([u64(0n), u64(0n), u64(5n)]);
  });
});

describe("array", () => {
  const array: MapSpec = { name: "m", type: "array", keySize: 4, valueSize: 8, maxEntries: 3 };

  test("elements exist from the start, and only they", () => {
    expect(r0([...lookup(2), ...valueOrMinusOne], { maps: [array] })).toBe(0n);
    expect(status(r0([...lookup(3), ...valueOrMinusOne], { maps: [array] }))).toBe(-1n);
    expect(status(r0([...update(3, 1), exit], { maps: [array] }))).toBe(ERRNO.E2BIG);
    expect(status(r0([...remove(1), exit], { maps: [array] }))).toBe(ERRNO.EINVAL);
  });

  test("values stay between runs", () => {
    const count = [...lookup(1), ldx(8, 1, 0), alu("add", 1, 1), stx(8, 0, 0, 1), mov(0, 0), exit];
    const vm = machine(count, { maps: [{ ...array, type: "percpu_array" }] });
    for (const cpu of [0, 1, 1]) returned(vm.run("main", { environment: { cpu } }));
    expect(vm.map("m").get(indexKey(1))).toEqual([u64(1n), u64(2n)]);
    expect(vm.map("m").entries().length).toBe(3);
  });

  test("read-only data by direct address", () => {
    const rodata: MapSpec = {
      name: ".rodata",
      type: "array",
      keySize: 4,
      valueSize: 16,
      maxEntries: 1,
      initial: u64(1n, 77n),
      readOnly: true,
    };
    const at8: Item = { kind: "loadMapValue", dst: 1, map: ".rodata", offset: 8 };
    expect(r0([at8, ldx(8, 0, 1), exit], { maps: [rodata] })).toBe(77n);
    expect(fault([at8, st(8, 1, 0, 0), exit], { maps: [rodata] })).toContain(
      "read-only value of map .rodata",
    );
  });
});

describe("ring buffer", () => {
  const ring: MapSpec = { name: "m", type: "ringbuf", keySize: 0, valueSize: 0, maxEntries: 64 };
  const reserve = (size: number): Item[] => [
    loadMap(1, "m"),
    mov(2, size),
    mov(3, 0),
    call("ringbuf_reserve"),
  ];
  const finish = (how: "ringbuf_submit" | "ringbuf_discard"): Item[] => [
    mov(1, "r6"),
    mov(2, 0),
    call(how),
    mov(0, 0),
    exit,
  ];

  test("what is submitted is an event, what is discarded is not", () => {
    const fill = [...reserve(16), mov(6, "r0"), st(8, 6, 0, 7), st(8, 6, 8, 8)];
    const vm = machine([...fill, ...finish("ringbuf_submit")], { maps: [ring] });
    expect(returned(vm.run("main")).events).toEqual([{ kind: "ringbuf", map: "m", data: u64(7n, 8n) }]);
    const none = machine([...fill, ...finish("ringbuf_discard")], { maps: [ring] });
    expect(returned(none.run("main")).events).toEqual([]);
  });

  test("a full buffer gives null, and has room again for the next run", () => {
    const twice = [
      ...reserve(24),
      mov(6, "r0"),
      ...reserve(40),
      mov(7, "r0"),
      mov(1, "r6"),
      mov(2, 0),
      call("ringbuf_submit"),
      mov(0, "r7"),
      exit,
    ];
    const vm = machine(twice, { maps: [ring] });
    expect(returned(vm.run("main")).r0).toBe(0n);
    expect(returned(vm.run("main")).events.length).toBe(1);
  });

  test("a record must be given back, once", () => {
    expect(fault([...reserve(8), mov(0, 0), exit], { maps: [ring] })).toContain("not submitted or discarded");
    const twice = [
      ...reserve(8),
      mov(6, "r0"),
      mov(1, "r6"),
      mov(2, 0),
      call("ringbuf_submit"),
      ...finish("ringbuf_submit"),
    ];
    expect(fault(twice, { maps: [ring] })).toContain("not a reserved ring buffer record");
  });

  test("ringbuf_output says EAGAIN when full", () => {
    const output = [
      loadMap(1, "m"),
      mov(2, "r10"),
      alu("add", 2, -64),
      mov(3, 64),
      mov(4, 0),
      call("ringbuf_output"),
      exit,
    ];
    const zeroes = Array.from({ length: 8 }, (_, i) => st(8, 10, -64 + i * 8, 0));
    expect(status(r0([...zeroes, ...output], { maps: [ring] }))).toBe(ERRNO.EAGAIN);
  });
});

describe("stack traces", () => {
  const stacks: MapSpec = { name: "m", type: "stack_trace", keySize: 4, valueSize: 32, maxEntries: 64 };
  const take = (flags: number): Item[] => [loadMap(2, "m"), mov(3, flags), call("get_stackid"), exit];

  test("the same stack has the same id; user and kernel are apart; frames can be skipped", () => {
    const environment = { kernelStack: [1n, 2n, 3n, 4n, 5n], userStack: [9n] };
    const vm = machine(take(1), { maps: [stacks], environment });
    const id = returned(vm.run("main")).r0;
    expect(returned(vm.run("main")).r0).toBe(id);
    expect(vm.map("m").get(indexKey(Number(id)))).toEqual([u64(2n, 3n, 4n, 5n)]);
    const user = machine(take(256), { maps: [stacks], environment });
    const userId = returned(user.run("main")).r0;
    expect(user.map("m").get(indexKey(Number(userId)))).toEqual([u64(9n, 0n, 0n, 0n)]);
  });

  test("no stack is -EFAULT; a taken bucket is -EEXIST", () => {
    expect(status(r0(take(0), { maps: [stacks] }))).toBe(ERRNO.EFAULT);
    const vm = machine(take(0), { maps: [{ ...stacks, maxEntries: 1 }] });
    expect(returned(vm.run("main", { environment: { kernelStack: [1n] } })).r0).toBe(0n);
    const second = returned(vm.run("main", { environment: { kernelStack: [2n] } })).r0;
    expect(status(second)).toBe(ERRNO.EEXIST);
  });
});

test("perf events carry their CPU", () => {
  const perf: MapSpec = { name: "m", type: "perf_event_array", keySize: 4, valueSize: 4, maxEntries: 2 };
  const items = [
    st(8, 10, -8, 5),
    loadMap(2, "m"),
    alu("mov", 3, -1, false),
    mov(4, "r10"),
    alu("add", 4, -8),
    mov(5, 8),
    call("perf_event_output"),
    exit,
  ];
  const result = returned(machine(items, { maps: [perf] }).run("main", { environment: { cpu: 1 } }));
  expect(result.events).toEqual([{ kind: "perf", map: "m", cpu: 1, data: u64(5n) }]);
});
