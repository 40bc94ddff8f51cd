import { describe, expect, it } from "vitest";
import { errors, program } from "./harness.js";
import { stubTarget } from "./stub-target.js";

const attached = (text: string): string[][] =>
  program(text).probes.map((probe) => probe.attach.map((attach) => `${probe.section} ${attach.probe}`));

describe("--probe-filter", () => {
  const filtered = (text: string, probeFilter: RegExp): unknown[] =>
    program(text, { probeFilter }).probes.flatMap(({ attach }) => attach);
  it("goes by the name of each function, where one link has many, too", () => {
    const attach = filtered("kprobe:vfs_* { @ = count(); } begin { exit(); }", /^kprobe:vfs_read$/);
    expect(attach).toMatchObject([{ kind: "kprobe_multi", functions: ["vfs_read"] }, { kind: "begin" }]);
  });
  it("goes by the name of each event of a pattern", () => {
    const attach = filtered("tracepoint:syscalls:sys_enter_* { @ = count(); }", /openat$/);
    expect(attach).toMatchObject([{ probe: "tracepoint:syscalls:sys_enter_openat" }]);
  });
  it("may leave nothing", () => {
    expect(errors("kprobe:vfs_* { @ = count(); }", { probeFilter: /nothing/ })).toEqual(["TB4010"]);
  });
});

describe("one program for many events", () => {
  it("is shared when the body does not look at its event", () => {
    expect(attached("tracepoint:syscalls:sys_enter_* { @[args.__syscall_nr] = count(); }")).toEqual([
      ["tracepoint tracepoint:syscalls:sys_enter_open", "tracepoint tracepoint:syscalls:sys_enter_openat"],
    ]);
  });
  it("is split by `probe`", () => {
    expect(attached("tracepoint:syscalls:sys_enter_* { @[probe] = count(); }")).toHaveLength(2);
  });
  it("is split by fields that lie elsewhere, and only by those", () => {
    expect(attached("tracepoint:syscalls:sys_enter_* { @[str(args.filename)] = count(); }")).toHaveLength(2);
    expect(attached("tracepoint:syscalls:sys_enter_* { @[args.__syscall_nr] = count(); }")).toHaveLength(1);
  });
  it("keeps kinds of probes apart", () => {
    expect(attached("begin, interval:s:1, interval:ms:5 { exit(); }")).toHaveLength(2);
  });
});

describe("the cheaper raw tracepoint", () => {
  const kind = (text: string) => program(text).probes.map((probe) => `${probe.section} ${probe.context}`);
  it("stands in for a tracepoint whose record is not read", () => {
    expect(kind("tracepoint:sched:sched_switch { @ = count(); }")).toEqual(["raw_tp raw_tracepoint"]);
    expect(program("tracepoint:sched:sched_switch { @ = count(); }").probes[0]?.attach[0]).toMatchObject({
      kind: "raw_tracepoint",
      name: "sched_switch",
      probe: "tracepoint:sched:sched_switch",
    });
  });
  it("also serves the fields that are arguments", () => {
    expect(kind("tracepoint:raw_syscalls:sys_enter { @[args.id] = count(); }")).toEqual([
      "raw_tp raw_tracepoint",
    ]);
    expect(kind("tracepoint:raw_syscalls:sys_exit { @ = hist(args.ret); }")).toEqual([
      "raw_tp raw_tracepoint",
    ]);
  });
  it("is one for all system calls, which looks for those wanted", () => {
    const [probe] = program("tracepoint:syscalls:sys_enter_open* { @ = count(); }").probes;
    expect(probe?.syscalls).toEqual({ numbers: [2, 257], argument: 1 });
    expect(probe?.attach).toMatchObject([{ kind: "raw_tracepoint", name: "sys_enter", events: 2 }]);
  });
  it("does not for system calls of a kernel that lets nobody read registers", () => {
    const target = { ...stubTarget, readsKernelMemory: false };
    const text = "tracepoint:syscalls:sys_enter_open { @ = count(); }";
    expect(program(text, { target }).probes.map((probe) => probe.section)).toEqual(["tracepoint"]);
  });
  it("does not where more of the record is read, nor for syscalls", () => {
    expect(kind("tracepoint:sched:sched_switch { @[args.prev_pid] = count(); }")).toEqual([
      "tracepoint tracepoint",
    ]);
    expect(kind("tracepoint:raw_syscalls:sys_exit { @[args.id] = count(); }")).toEqual([
      "tracepoint tracepoint",
    ]);
    expect(kind("tracepoint:syscalls:sys_enter_open { @[args.flags] = count(); }")).toEqual([
      "tracepoint tracepoint",
    ]);
  });
});

describe("attach points", () => {
  it.each([
    ["interval:s:2", { kind: "interval", periodNs: "2000000000" }],
    ["interval:1500ms", { kind: "interval", periodNs: "1500000000" }],
    ["i:hz:10", { kind: "interval", periodNs: "100000000" }],
    ["profile:hz:99", { kind: "profile", frequency: "99", periodNs: "0" }],
    ["p:us:100", { kind: "profile", frequency: "0", periodNs: "100000" }],
    ["software:faults:100", { kind: "perf", type: 1, config: "2", period: "100" }],
    ["hardware:cycles:1e6", { kind: "perf", type: 0, config: "0", period: "1000000" }],
    ["rt:sched_switch", { kind: "raw_tracepoint", name: "sched_switch" }],
    ["k:vfs_read+4", { kind: "kprobe", function: "vfs_read", offset: 4, return: false }],
    ["kr:vfs_read", { kind: "kprobe_multi", functions: ["vfs_read"], return: true }],
    ["kfunc:wake_task", { kind: "fentry", function: "wake_task", return: false }],
    ["fexit:vmlinux:wake_task", { kind: "fentry", function: "wake_task", return: true }],
    ["uprobe:/bin/x:main", { kind: "uprobe", path: "/bin/x", return: false }],
    ["self:signal:SIGUSR1", { kind: "signal", signal: 10 }],
    ["END", { kind: "end", probe: "END" }],
  ])("%s", (point, attach) => {
    expect(program(`${point} { exit(); }`).probes[0]?.attach[0]).toMatchObject(attach);
  });

  it("carry their place in the script", () => {
    const [probe] = program("begin,\n  end { exit(); }").probes;
    expect(probe?.attach[0]).toMatchObject({ line: 1, column: 1 });
  });

  it("match wildcards, sets and single characters", () => {
    const functions = (text: string) => {
      const [attach] = program(`${text} { exit(); }`).probes[0]?.attach ?? [];
      return attach?.kind === "kprobe_multi" ? attach.functions : undefined;
    };
    expect(functions("kprobe:vfs_*")).toEqual(["vfs_read", "vfs_write"]);
    expect(functions("kprobe:vfs_[rw]*")).toEqual(["vfs_read", "vfs_write"]);
    expect(functions("kprobe:vfs_rea?")).toEqual(["vfs_read"]);
    expect(program("t:*:sys_enter { exit(); }").probes[0]?.attach).toHaveLength(1);
  });

  it("of raw tracepoints are faults where their module is named, as in bpftrace", () => {
    expect(program("begin, rawtracepoint:none { exit(); }").probes).toHaveLength(1);
    expect(errors("rawtracepoint:none { exit(); }")).toEqual(["TB4004"]);
    expect(errors("begin, rawtracepoint:vmlinux:none { exit(); }")).toEqual(["TB4003"]);
  });

  it("of programs are faults where one is named, not where several might be", () => {
    for (const idle of ["uprobe:/bin/x:none*", "uprobe:/bin/*:none", "uprobe:/bin/x:cpp:none"])
      expect(program(`${idle}, uprobe:/bin/x:f { exit(); }`).probes).toHaveLength(1);
    for (const idle of ["usdt:/bin/x:demo:none*", "usdt:/bin/x:none", "usdt:/bin/x:no*:tick"])
      expect(program(`${idle}, begin { exit(); }`).probes).toHaveLength(1);
    expect(errors("uprobe:/bin/x:none* { exit(); }")).toEqual(["TB4004"]);
    expect(errors("usdt:/bin/x:none { exit(); }")).toEqual(["TB4004"]);
    expect(errors("uprobe:/bin/x:none, begin { exit(); }")).toEqual(["TB4008"]);
    expect(errors("usdt:/bin/x:demo:none, begin { exit(); }")).toEqual(["TB4004"]);
  });

  it("are skipped quietly where the script says so", () => {
    const text = "config = { missing_probes = ignore; } begin, tracepoint:sched:none { exit(); }";
    expect(program(text).probes).toHaveLength(1);
    expect(errors("begin, tracepoint:sched:none { exit(); }")).toEqual(["TB4003"]);
  });

  it("give programs names the kernel keeps whole", () => {
    const names = program("begin { exit(); } tracepoint:syscalls:* { @[probe] = count(); }").probes.map(
      (p) => p.name,
    );
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[A-Za-z_][A-Za-z0-9_]{0,14}$/);
  });
});

describe("a pattern for the kind of probe", () => {
  it("means the kernel's kinds, or programs' where a path follows", () => {
    expect(attached("t*point:sched:sched_switch { exit(); }").flat()).toEqual([
      "raw_tp tracepoint:sched:sched_switch",
    ]);
    expect(attached("*:/bin/x:f { exit(); }").flat()).toEqual([expect.stringMatching(/ uprobe:\/bin\/x:f$/)]);
    expect(attached("*:/bin/x:tick { exit(); }").flat()).toHaveLength(1);
  });
  it("leaves out kinds that have none of the name, of several", () => {
    const events = program("*:vfs_read { exit(); }").probes.flatMap(({ attach }) => attach);
    expect(events.map(({ probe }) => probe)).toContain("kprobe:vfs_read");
    expect(errors("*:no_such_function_anywhere { exit(); }")).toEqual(["TB4004"]);
  });
  it("must match some kind, and return probes are never meant", () => {
    expect(errors("*none*:x { exit(); }")).toEqual(["TB4001"]);
    expect(errors("*ret*:vfs_read { exit(); }")).toEqual(["TB4001"]);
  });
});

describe("names of tests and benchmarks", () => {
  it("are used once for each kind", () => {
    expect(errors("bench:a { @ = 1; } BENCH:a { @ = 2; }", { mode: "bench" })).toEqual(["TB2008"]);
    expect(errors("test:a, test:a { return 0; }", { mode: "test" })).toEqual(["TB2008"]);
    expect(program("bench:a { @ = 1; } test:a { @ = 2; } bench:b { @ = 3; }").probes).toHaveLength(3);
  });
});
