import { describe, expect, test } from "vitest";
import { HELPERS, type HelperName } from "../../../src/bpf/helpers.js";
import type { Item, Reg } from "../../../src/bpf/insn.js";
import { type Environment, ERRNO, type MapSpec } from "../../../src/vm/index.js";
import { helperBody, NOT_SIMULATED } from "../../../src/vm/helpers/index.js";
import {
  alu,
  call,
  exit,
  fault,
  ldx,
  machine,
  mov,
  r0,
  returned,
  run,
  st,
  stx,
  text,
  u64,
  wide,
} from "./support.js";

const KERNEL = 0xffff_8880_0000_1000n;
const USER = 0x7fff_0000_1000n;

const memory: Environment["memory"] = [
  { space: "kernel", address: KERNEL, bytes: text("kernel text\0tail") },
  { space: "user", address: USER, bytes: text("user\0") },
];

/** Calls a helper with constants; `buffer` is where r1 points on the stack, filled with ones. */
function read(helper: HelperName, size: number, address: bigint): Item[] {
  return [
    st(8, 10, -16, -1),
    st(8, 10, -8, -1),
    mov(1, "r10"),
    alu("add", 1, -16),
    mov(2, size),
    wide(3, address),
    call(helper),
  ];
}

function status(result: bigint): bigint {
  return BigInt.asIntN(64, result);
}

test("every helper of the table is simulated or says that it is not", () => {
  const names = Object.keys(HELPERS) as HelperName[];
  const missing = names.filter((name) => helperBody(HELPERS[name].id) === undefined);
  expect(missing.sort()).toEqual([...NOT_SIMULATED].sort());
});

describe("reading memory", () => {
  test("kernel and user memory each through their own helper", () => {
    const word = Buffer.from("kernel t").readBigUInt64LE();
    expect(
      r0([...read("probe_read_kernel", 8, KERNEL), ldx(8, 0, 10, -16), exit], { environment: { memory } }),
    ).toBe(word);
    expect(status(r0([...read("probe_read_user", 4, USER), exit], { environment: { memory } }))).toBe(0n);
    expect(status(r0([...read("probe_read_user", 8, KERNEL), exit], { environment: { memory } }))).toBe(
      ERRNO.EFAULT,
    );
    expect(status(r0([...read("probe_read_kernel", 4, USER), exit], { environment: { memory } }))).toBe(
      ERRNO.EFAULT,
    );
    expect(status(r0([...read("probe_read", 4, USER), exit], { environment: { memory } }))).toBe(0n);
  });

  test("a failed read leaves zeroes", () => {
    expect(r0([...read("probe_read_kernel", 8, 0n), ldx(8, 0, 10, -16), exit])).toBe(0n);
    expect(
      r0([...read("probe_read_kernel", 8, KERNEL + 12n), ldx(8, 0, 10, -16), exit], {
        environment: { memory },
      }),
    ).toBe(0n);
  });

  test("strings end with NUL, cut or not; the length counts it", () => {
    const whole = [...read("probe_read_user_str", 16, USER), exit];
    expect(r0(whole, { environment: { memory } })).toBe(5n);
    const cut = [...read("probe_read_kernel_str", 8, KERNEL), ldx(8, 0, 10, -16), exit];
    expect(r0(cut, { environment: { memory } })).toBe(Buffer.from("kernel \0").readBigUInt64LE());
    expect(status(r0([...read("probe_read_user_str", 8, 5n), exit], { environment: { memory } }))).toBe(
      ERRNO.EFAULT,
    );
  });

  test("direct loads of foreign memory are faults, but BTF pointers may", () => {
    const direct = [wide(1, KERNEL), ldx(1, 0, 1), exit];
    expect(fault(direct, { environment: { memory } })).toContain("direct read of kernel memory");
    expect(fault([wide(1, USER), ldx(1, 0, 1), exit], { environment: { memory } })).toContain(
      "direct read of user memory",
    );
    expect(r0(direct, { environment: { memory, btfPointers: true } })).toBe(BigInt("k".charCodeAt(0)));
    expect(r0([wide(1, KERNEL - 8n), ldx(8, 0, 1), exit], { environment: { btfPointers: true } })).toBe(0n);
  });

  test("the buffer must hold the size", () => {
    expect(fault([...read("probe_read_kernel", 24, KERNEL), exit])).toContain("offset 496 of stack");
  });
});

describe("the moment", () => {
  const cases: [HelperName, Partial<Environment>, bigint][] = [
    ["ktime_get_ns", { monotonicNs: 5n }, 5n],
    ["ktime_get_boot_ns", { monotonicNs: 5n, suspendedNs: 7n }, 12n],
    ["ktime_get_tai_ns", { monotonicNs: 5n, taiOffsetNs: 37n }, 42n],
    ["jiffies64", { jiffies: 9n }, 9n],
    ["get_current_pid_tgid", { pid: 3, tgid: 2 }, (2n << 32n) | 3n],
    ["get_current_uid_gid", { uid: 1000, gid: 4 }, (4n << 32n) | 1000n],
    ["get_smp_processor_id", { cpu: 1 }, 1n],
    ["get_numa_node_id", { numaNode: 1 }, 1n],
    ["get_current_cgroup_id", { cgroupId: 77n }, 77n],
    ["get_current_task", { currentTask: 0xffffn }, 0xffffn],
    ["get_func_ip", { functionAddress: 0x1234n }, 0x1234n],
    ["get_attach_cookie", { attachCookie: 6n }, 6n],
    ["get_func_arg_cnt", { functionArgs: [1n, 2n] }, 2n],
  ];
  test.each(cases)("%s", (name, environment, expected) => {
    expect(r0([call(name), exit], { environment })).toBe(expected);
  });

  test("time moves with each look when told to", () => {
    const twice = [call("ktime_get_ns"), mov(6, "r0"), call("ktime_get_ns"), alu("sub", 0, "r6"), exit];
    expect(r0(twice, { environment: { tickNs: 250n } })).toBe(250n);
    expect(r0(twice)).toBe(0n);
  });

  test("random numbers differ, and repeat with the seed", () => {
    const random = [call("get_prandom_u32"), exit];
    const draw = (seed: number) => {
      const vm = machine(random, { environment: { seed } });
      return [0, 1, 2].map(() => returned(vm.run("main")).r0);
    };
    expect(draw(1)).toEqual(draw(1));
    expect(new Set([...draw(1), ...draw(2)]).size).toBe(6);
    for (const value of draw(3)) expect(value).toBeLessThan(1n << 32n);
  });

  test("comm is cut to fifteen bytes", () => {
    const items = [
      mov(1, "r10"),
      alu("add", 1, -16),
      mov(2, 16),
      call("get_current_comm"),
      ldx(8, 0, 10, -8),
      exit,
    ];
    expect(r0(items, { environment: { comm: "a-very-long-name" } })).toBe(
      Buffer.from("ong-nam\0").readBigUInt64LE(),
    );
  });

  test("arguments and result of the traced function", () => {
    const ask = (helper: HelperName, out: Reg): Item[] => [
      mov(out, "r10"),
      alu("add", out, -8),
      call(helper),
    ];
    const arg = [mov(2, 1), ...ask("get_func_arg", 3), ldx(8, 0, 10, -8), exit];
    expect(r0(arg, { environment: { functionArgs: [5n, 6n] } })).toBe(6n);
    const result = [...ask("get_func_ret", 2), ldx(8, 0, 10, -8), exit];
    expect(r0(result, { environment: { functionResult: -2n } })).toBe(0xffff_ffff_ffff_fffen);
    expect(status(r0([...ask("get_func_ret", 2), exit]))).toBe(ERRNO.EOPNOTSUPP);
  });
});

describe("formatting", () => {
  const rodata = (content: string): MapSpec => ({
    name: "text",
    type: "array",
    keySize: 4,
    valueSize: 64,
    maxEntries: 1,
    initial: text(content),
    readOnly: true,
  });
  const format: Item = { kind: "loadMapValue", dst: 1, map: "text", offset: 0 };
  const print = (fmt: string, ...values: bigint[]) => {
    const items = [
      format,
      mov(2, fmt.length + 1),
      ...[3, 4, 5].map((r, i) => wide(r as Reg, values[i] ?? 0n)),
      call("trace_printk"),
      exit,
    ];
    return returned(run(items, { maps: [rodata(fmt)], environment: { memory } }));
  };

  const cases: [string, bigint[], string][] = [
    ["%d %u", [0xffff_ffffn, 0xffff_ffffn], "-1 4294967295"],
    ["%lld %llx", [-5n & ((1n << 64n) - 1n), 0xabn], "-5 ab"],
    ["%05d|%-4d|%4d", [42n, 7n, 7n], "00042|7   |   7"],
    ["%s=%s", [KERNEL, USER], "kernel text=user"],
    ["%c%% %#x %X", [65n, 255n, 255n], "A% 0xff FF"],
    ["%px", [0x10n], "0000000000000010"],
  ];
  test.each(cases)("%s", (fmt, values, expected) => {
    expect(print(fmt, ...values).events).toEqual([{ kind: "trace", text: expected }]);
  });

  test("an unknown conversion is refused", () => {
    const result = print("%f", 1n);
    expect(status(result.r0)).toBe(ERRNO.EINVAL);
    expect(result.events).toEqual([]);
  });

  test("snprintf cuts and tells the length it needed", () => {
    const items = [
      st(8, 10, -16, 1234567),
      mov(1, "r10"),
      alu("add", 1, -8),
      mov(2, 8),
      { kind: "loadMapValue", dst: 3, map: "text", offset: 0 } as const,
      mov(4, "r10"),
      alu("add", 4, -16),
      mov(5, 8),
      call("snprintf"),
      ldx(8, 6, 10, -8),
      alu("lsh", 0, 56),
      alu("add", 0, "r6"),
      exit,
    ];
    const result = r0(items, { maps: [rodata("n=%d")] });
    // "n=12345" and its NUL; the length in the top byte counts the NUL of the whole.
    expect(result).toBe(Buffer.from("n=12345\0").readBigUInt64LE() + (10n << 56n));
  });

  test("strncmp", () => {
    const compare = (content: string) => {
      const items = [
        wide(1, Buffer.from("abc\0\0\0\0\0").readBigUInt64LE()),
        stx(8, 10, -8, 1),
        mov(1, "r10"),
        alu("add", 1, -8),
        mov(2, 4),
        { kind: "loadMapValue", dst: 3, map: "text", offset: 0 } as const,
        call("strncmp"),
        exit,
      ];
      return status(r0(items, { maps: [rodata(content)] }));
    };
    expect(compare("abc")).toBe(0n);
    expect(compare("abd")).toBe(-1n);
    expect(compare("ab")).toBe(1n);
  });
});

describe("acting", () => {
  test("signals, overrides and user writes are events", () => {
    const bytes = new Uint8Array(8);
    const items = [
      mov(6, "r1"),
      mov(1, 9),
      call("send_signal"),
      mov(1, "r6"),
      mov(2, -12),
      call("override_return"),
      st(8, 10, -8, 3),
      wide(1, 0x1000n),
      mov(2, "r10"),
      alu("add", 2, -8),
      mov(3, 8),
      call("probe_write_user"),
      exit,
    ];
    const result = returned(
      run(items, { environment: { memory: [{ space: "user", address: 0x1000n, bytes }] } }),
    );
    expect(result.events).toEqual([
      { kind: "signal", signal: 9, target: "process" },
      { kind: "override", value: BigInt.asUintN(64, -12n) },
      { kind: "userWrite", address: 0x1000n, data: u64(3n) },
    ]);
    expect(bytes).toEqual(u64(3n));
  });

  test("locks are held once and given back", () => {
    const maps: MapSpec[] = [{ name: "m", type: "array", keySize: 4, valueSize: 8, maxEntries: 1 }];
    const lock: Item = { kind: "loadMapValue", dst: 1, map: "m", offset: 0 };
    expect(
      returned(run([lock, call("spin_lock"), lock, call("spin_unlock"), mov(0, 0), exit], { maps })).r0,
    ).toBe(0n);
    expect(fault([lock, call("spin_lock"), lock, call("spin_lock"), exit], { maps })).toContain(
      "while one is held",
    );
    expect(fault([lock, call("spin_lock"), mov(0, 0), exit], { maps })).toContain("spin lock held");
  });

  test("samples from user space reach the callback as dynptrs", () => {
    const maps: MapSpec[] = [
      { name: "user", type: "user_ringbuf", keySize: 0, valueSize: 0, maxEntries: 4096 },
    ];
    const main: Item[] = [
      st(8, 10, -8, 0),
      { kind: "loadMap", dst: 1, map: "user" },
      { kind: "loadFunction", dst: 2, symbol: "take" },
      mov(3, "r10"),
      alu("add", 3, -8),
      mov(4, 0),
      call("user_ringbuf_drain"),
      ldx(8, 1, 10, -8),
      alu("lsh", 1, 8),
      alu("add", 0, "r1"),
      exit,
    ];
    const take: Item[] = [
      mov(6, "r2"),
      mov(3, "r1"),
      mov(1, "r10"),
      alu("add", 1, -8),
      mov(2, 8),
      mov(4, 0),
      mov(5, 0),
      call("dynptr_read"),
      ldx(8, 1, 10, -8),
      { kind: "atomic", op: "add", fetch: false, size: 8, dst: 6, off: 0, src: 1 },
      mov(0, 0),
      exit,
    ];
    const environment = { userSamples: [u64(5n), u64(6n)] };
    expect(r0(main, { maps, environment, functions: { take } })).toBe((11n << 8n) | 2n);
  });
});
