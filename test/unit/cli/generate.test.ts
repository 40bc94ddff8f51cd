import { describe, expect, it } from "vitest";
import { parse } from "../../../src/parse/parse.js";
import { NodeIds } from "../../../src/base/ids.js";
import { Sources } from "../../../src/base/source.js";
import { Log } from "../../../src/diag/diagnostic.js";
import { tsbt } from "./fake-io.js";

/** The generated script, which must parse. */
function shown(args: readonly string[]): string {
  const { code, stdout, stderr } = tsbt([...args, "--show"]);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  const log = new Log();
  parse(new Sources().add("generated", stdout), new NodeIds(), log);
  expect(log.diagnostics).toEqual([]);
  return stdout;
}

describe("funccount", () => {
  it.each([
    ["vfs_*", "kprobe:vfs_*"],
    ["p::vfs_read", "kprobe:vfs_read"],
    ["p:c:malloc", "uprobe:c:malloc"],
    ["kprobe:ext4:ext4_*", "kprobe:ext4:ext4_*"],
    ["r::vfs_read", "kretprobe:vfs_read"],
    ["c:malloc", "uprobe:c:malloc"],
    ["r:c:malloc", "uretprobe:c:malloc"],
    ["/bin/sh:main", "uprobe:/bin/sh:main"],
    ["t:sched:sched_*", "tracepoint:sched:sched_*"],
    ["u:/bin/sh:probe", "usdt:/bin/sh:probe"],
    ["software:page-faults:1", "software:page-faults:1"],
  ])("takes %s for %s", (pattern, attachPoint) => {
    expect(shown(["funccount", pattern])).toContain(`\n${attachPoint}\n{\n  @counts[`);
  });
  it("prints each interval, the largest only, for a process, and ends", () => {
    const text = shown(["funccount", "-i", "5", "-d", "10", "--top", "3", "-p", "7", "vfs_*"]);
    expect(text).toContain("kprobe:vfs_* /pid == 7/");
    expect(text).toContain("interval:s:5\n{\n");
    expect(text).toContain("print(@counts, 3);");
    expect(text).toContain("interval:s:10\n{\n  exit();\n}");
  });
  it.each([["t:sched"], ["c:"], [""]])("refuses '%s' and shows the forms", (pattern) => {
    const { code, stderr } = tsbt(["funccount", "--show", "--", pattern]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^ERROR: '.*' names no event: .*\nHINT: write vfs_read .*\nCODE: TB6020\n$/);
  });
});

describe("funclatency", () => {
  it.each([
    ["vfs_*", "kprobe:vfs_*", "kretprobe:vfs_*"],
    ["c:malloc", "uprobe:c:malloc", "uretprobe:c:malloc"],
  ])("takes %s for %s and %s", (pattern, entry, end) => {
    const text = shown(["funclatency", "-p", "7", "-u", "ms", pattern]);
    expect(text).toContain(`\n${entry} /pid == 7/\n`);
    expect(text).toContain(`\n${end} /@depth[tid] > 0/\n`);
    expect(text).toContain("/ 1000000);");
  });
  it("wants a function", () => {
    const { code, stderr } = tsbt(["funclatency", "--show", "t:sched:sched_switch"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^ERROR: '.*' is no function: .*\nHINT: write vfs_read .*\nCODE: TB6020\n$/);
  });
});

describe("trace", () => {
  it("prints chosen values for each event that passes its filter", () => {
    const text = shown([
      "trace",
      'r::vfs_read(struct file *f) ($retval > f(1)) "%d bytes, \\"%s\\"", $retval, str(arg1, 5)',
    ]);
    expect(text).toContain("kretprobe:vfs_read /retval > f(1)/");
    expect(text).toContain(
      'printf("%-7d %-7d %-15s %-16s %d bytes, \\"%s\\"\\n", pid, tid, comm, func, retval, str(arg1, 5));',
    );
  });
  it("needs no format", () => {
    expect(shown(["trace", "t:sched:sched_switch"])).toContain(
      'printf("%-7d %-7d %-15s %-16s \\n", pid, tid, comm, probe);',
    );
  });
  it("limits, stamps, and shows stacks", () => {
    const text = shown(["trace", "-M", "3", "-t", "-K", "-U", "-n", "cat", "do_nanosleep"]);
    expect(text).toContain('/comm == "cat"/');
    expect(text).toContain('strftime("%H:%M:%S.%f", nsecs), pid, tid, comm, func, kstack, ustack);');
    expect(text).toContain("if (@events >= 3) {");
  });
  it.each([
    ['vfs_read (pid == 1 "x"', "the filter's bracket is not closed"],
    ["vfs_read retval", "expected \"FORMAT\" at 'retval'"],
    [" ", "it names no event"],
  ])("refuses %s", (request, reason) => {
    expect(tsbt(["trace", "--show", "--", request]).stderr).toContain(`cannot be traced: ${reason}`);
  });
});

describe("argdist", () => {
  it("makes a histogram of a typed expression", () => {
    expect(shown(["argdist", "-H", "p::vfs_read(...):u64:arg2"])).toContain(
      "kprobe:vfs_read\n{\n  @vfs_read_arg2 = hist((uint64)arg2);\n}",
    );
  });
  it("counts several values, filtered and labelled", () => {
    const text = shown([
      "argdist",
      "-C",
      "t:raw_syscalls:sys_enter():u32,char *:args.id,arg1:args.id > 3#my ids",
    ]);
    expect(text).toContain("tracepoint:raw_syscalls:sys_enter /args.id > 3/");
    expect(text).toContain("@my_ids[(uint32)(args.id), str(arg1)] = count();");
  });
  it("takes what was returned, and counts hits of an entry", () => {
    const text = shown(["argdist", "-C", "r:c:malloc()", "-C", "p::vfs_read()"]);
    expect(text).toContain("@malloc[retval] = count();");
    expect(text).toContain("@vfs_read = count();");
  });
  it("gives each collector a map of its own", () => {
    const text = shown(["argdist", "-C", "p::f():int:arg0", "-H", "p::f():int:arg0"]);
    expect(text).toContain("@f_arg0 = hist((int32)arg0);");
    expect(text).toContain("@f_arg0_1[(int32)arg0] = count();");
  });
  it.each([
    ["p::vfs_read:u64:arg2", "followed by ()"],
    ["p::vfs_read(x:u64:arg2", "not closed"],
    ["p::vfs_read():u64,u32:arg2", "2 types for 1 expressions"],
  ])("refuses %s", (spec, reason) => {
    expect(tsbt(["argdist", "--show", "-C", spec]).stderr).toContain(reason);
  });
  it("wants something to collect", () => {
    expect(tsbt(["argdist"]).stderr).toContain("give at least one -H or -C");
  });
});
