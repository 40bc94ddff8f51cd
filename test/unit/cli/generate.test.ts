import { describe, expect, it } from "vitest";
import { parse } from "../../../src/parse/parse.js";
import { NodeIds } from "../../../src/base/ids.js";
import { Sources } from "../../../src/base/source.js";
import { Log } from "../../../src/diag/diagnostic.js";
import { regularPattern } from "../../../src/cli/generate/probe-spec.js";
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
    const text = shown(["funclatency", "-p", "7", "-m", pattern]);
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

describe("a regular expression", () => {
  it.each([
    ["^vfs_(read|write)$", "kprobe:vfs_*", ["vfs_read", "vfs_write"], ["vfs_readv", "kvfs_read"]],
    ["^vfs.*", "kprobe:vfs*", ["vfs_open"], ["do_vfs_ioctl"]],
    ["^vfs_?open", "kprobe:vfs*", ["vfsopen", "vfs_open_x"], ["vfs_close"]],
    ["^vfs|^tcp", "kprobe:*", ["vfs_open", "tcp_ack"], ["do_vfs"]],
    ["mutex", "kprobe:*", ["rt_mutex_lock"], ["futex"]],
  ])("%s looks among %s", (expression, wildcard, matching, others) => {
    const { wildcard: found, filter } = regularPattern(expression);
    expect(shown(["funccount", "-r", expression])).toContain(`\n${wildcard}\n{`);
    expect(`kprobe:${found}`).toBe(wildcard);
    for (const name of matching) expect(filter.test(`kprobe:${name}`)).toBe(true);
    for (const name of others) expect(filter.test(`kprobe:${name}`)).toBe(false);
    expect(filter.test("interval:s:1")).toBe(true);
  });
  it("stands behind a library", () => {
    expect(regularPattern("c:^str(len|cpy)").wildcard).toBe("c:str*");
    expect(regularPattern("c:^str(len|cpy)").filter.test("uprobe:/lib/libc.so.6:strlen")).toBe(true);
  });
  it("is refused with its reason", () => {
    expect(tsbt(["funccount", "--show", "-r", "vfs("]).stderr).toMatch(/'vfs\(' is no regular expression: /);
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
    expect(text).toContain(
      "elapsed / 1000000000, elapsed / 1000 % 1000000, pid, tid, comm, func, kstack, ustack);",
    );
    expect(text).toContain("if (@events >= 3) {");
  });
  it.each([
    ['do_sys_openat2 "%s", arg1', "str(arg1)"],
    ['do_sys_openat2 "%s", arg1@user', "str(uptr(arg1))"],
    ['r:bash:readline "%s", $retval', "str(retval)"],
    ['c:open(const char *path, int flags) "%s %x", path, flags', "str(arg0), ((int32)arg1)"],
    ['p::tcp_sendmsg(struct sock *sk, ...) "%d", sk->sk_protocol', "((struct sock *)arg0)->sk_protocol"],
    ['t:sched:sched_switch "%s", args->prev_comm', "args->prev_comm"],
    ['vfs_read "%K %U", reg("ip"), arg1', 'ksym(reg("ip")), usym(arg1)'],
    ['vfs_read "100%% %d", $PID', "pid"],
  ])("reads %s", (request, values) => {
    expect(shown(["trace", request])).toContain(`, ${values});`);
  });
  it("compares texts, in filters with a signature too", () => {
    const text = shown(["trace", 'c:open(char *path) (STRCMP("a, b)", path) && arg1 == 42)']);
    expect(text).toContain('uprobe:c:open /(str(arg0) == "a, b)") && arg1 == 42/');
  });
  it("leaves strings and members alone", () => {
    const text = shown(["trace", 'p::f(int size) (comm == "size" && size == a->size) "size %d", size']);
    expect(text).toContain('/comm == "size" && ((int32)arg0) == a->size/');
    expect(text).toContain('size %d\\n"');
  });
  it("tells time, CPU and longer texts, and includes headers", () => {
    const text = shown(["trace", "-T", "-C", "-Z", "99", "-I", "net/sock.h", 'f "%s", arg0']);
    expect(text).toMatch(/^#include <net\/sock.h>\n/);
    expect(text).toContain('strftime("%H:%M:%S.%f", nsecs), cpu, pid, tid, comm, func, str(arg0, 99));');
  });
  it.each([
    ['vfs_read "%d %d", arg1', "its format has 2 conversions for 1 value"],
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
  it("knows a signature's names", () => {
    const text = shown([
      "argdist",
      "-z",
      "20",
      "-C",
      "p:c:write(int fd, char* buf, size_t len):char*:buf:fd==1",
    ]);
    expect(text).toContain("uprobe:c:write /((int32)arg0)==1/");
    expect(text).toContain("[str(arg1, 20)] = count();");
  });
  it("keeps what was at the entry, and when", () => {
    const text = shown([
      "argdist",
      "-p",
      "7",
      "-H",
      "r::f(size_t n):u64:$latency/$entry(n):$entry(n) > 0 && $PID > 1#ns per byte",
    ]);
    expect(text).toContain("kprobe:f /pid == 7/\n{\n  @entry_0[tid] = (nsecs, ((uint64)arg0));\n}\n");
    expect(text).toContain("kretprobe:f /has_key(@entry_0, tid)/\n");
    expect(text).toContain(
      "  if ($call.1 > 0 && pid > 1) {\n    @ns_per_byte = hist((uint64)((nsecs - $call.0)/$call.1));",
    );
    expect(text).toContain("  clear(@entry_0);\n");
  });
  it("has an entry only where a function returns", () => {
    expect(tsbt(["argdist", "--show", "-H", "p::f():u64:$latency"]).stderr).toContain(
      "known where a function returns",
    );
  });
  it("goes on counting, takes several specs after one option, a thread's only", () => {
    const text = shown(["argdist", "-c", "-t", "5", "-C", "p::f()", "p::g()"]);
    expect(text).toContain("kprobe:f /tid == 5/\n{\n  @f = count();");
    expect(text).toContain("kprobe:g /tid == 5/\n{\n  @g = count();");
    expect(text).toContain("print(@f);\n  print(@g);\n}\n");
  });
  it("does not guess the kind of a spec", () => {
    expect(tsbt(["argdist", "--show", "-C", "p::f()", "-H", "p::g():int:arg0", "p::h()"]).stderr).toContain(
      "say -H or -C",
    );
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
