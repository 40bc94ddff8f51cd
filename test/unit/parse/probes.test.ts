import { describe, expect, it } from "vitest";
import { parseText, probesOf, tryParse } from "./parse-text.js";
import { blockShape, shape } from "./shape.js";

/** Probes on one line: attach points, predicate in slashes, block. */
const outline = (text: string): string[] =>
  probesOf(text).map(({ attachPoints, predicate, block }) => {
    const points = attachPoints.map((point) => point.text).join(",");
    return `${points}${predicate === undefined ? "" : ` /${shape(predicate)}/`} ${blockShape(block)}`;
  });

describe("attach points", () => {
  const parts = (text: string): (string | boolean)[] => {
    const point = probesOf(`${text} { }`)[0]?.attachPoints[0];
    return point === undefined ? [] : [point.provider, ...point.parts.map((part) => part.text)];
  };
  const rows: Record<string, string[]> = {
    BEGIN: ["BEGIN"],
    begin: ["begin"],
    "kprobe:f+0x10": ["kprobe", "f+0x10"],
    "kprobe:vmlinux:f": ["kprobe", "vmlinux", "f"],
    "kprobe:vfs_*": ["kprobe", "vfs_*"],
    "kprobe:[a-z]?x*": ["kprobe", "[a-z]?x*"],
    "*:f": ["*", "f"],
    "uprobe:/bin/bash:readline": ["uprobe", "/bin/bash", "readline"],
    "uprobe:./a.out:main": ["uprobe", "./a.out", "main"],
    "uprobe:lib/libc.so.6:malloc": ["uprobe", "lib/libc.so.6", "malloc"],
    "uprobe:/lib/*/libc.so.6:malloc": ["uprobe", "/lib/*/libc.so.6", "malloc"],
    "uprobe:/usr//bin/x:f": ["uprobe", "/usr//bin/x", "f"],
    'uprobe:/bin/x:"a::b(int, char)"+4': ["uprobe", "/bin/x", "a::b(int, char)+4"],
    'uprobe:"/my path/x":f': ["uprobe", "/my path/x", "f"],
    'uprobe:/bin/x:cpp:"ns::f<int>{}"': ["uprobe", "/bin/x", "cpp", "ns::f<int>{}"],
    "uprobe:/bin/x:$1": ["uprobe", "/bin/x", "$1"],
    "interval:s:1": ["interval", "s", "1"],
    "interval:1s": ["interval", "1s"],
    "watchpoint:0x1:8:w": ["watchpoint", "0x1", "8", "w"],
    "usdt:/path/x:ns:name": ["usdt", "/path/x", "ns", "name"],
    "usdt:/path/x:name": ["usdt", "/path/x", "name"],
    "iter:task:/sys/fs/bpf/pin": ["iter", "task", "/sys/fs/bpf/pin"],
    "iter:task:list": ["iter", "task", "list"],
    "self:signal:SIGUSR1": ["self", "signal", "SIGUSR1"],
    "test:name": ["test", "name"],
    "bench:name": ["bench", "name"],
    "struct:x": ["struct", "x"],
    "config:x": ["config", "x"],
  };
  for (const [text, expected] of Object.entries(rows)) it(text, () => expect(parts(text)).toEqual(expected));

  it("knows where each part stands, and whether it was quoted", () => {
    const part = probesOf('uprobe:/bin/x:"f" { }')[0]?.attachPoints[0]?.parts[1];
    expect(part).toMatchObject({ text: "f", quoted: true, span: { start: 14, end: 17 } });
  });
  it("come in lists, with a trailing comma and over lines", () => {
    expect(outline("kprobe:a,kprobe:b,\n  kprobe:c { }")).toEqual(["kprobe:a,kprobe:b,kprobe:c {}"]);
    expect(outline("kprobe:a, { }")).toEqual(["kprobe:a {}"]);
  });
  it("are not joined over a missing comma", () => {
    expect(tryParse("kprobe:a kprobe:b { }").codes).toEqual(["TB1016"]);
  });
});

describe("predicates", () => {
  const rows: Record<string, string> = {
    "kprobe:f /pid == 1/ { }": "kprobe:f /(== pid 1)/ {}",
    "kprobe:f/pid == 1/{ }": "kprobe:f /(== pid 1)/ {}",
    "BEGIN/1/{ }": "BEGIN /1/ {}",
    "uprobe:/bin/x:f/pid == 1/ { }": "uprobe:/bin/x:f /(== pid 1)/ {}",
    "kprobe:f / a / b == c / { }": "kprobe:f /(== (/ a b) c)/ {}",
    "kprobe:f /a > b/ { }": "kprobe:f /(> a b)/ {}",
    'kprobe:f /@x[1] && str(arg0) == "/"/ { }': 'kprobe:f /(&& (map @x 1) (== (call str arg0) "/"))/ {}',
    "kprobe:f\n// why\n/pid/\n/* so */ { }": "kprobe:f /pid/ {}",
    "kprobe:f /pid/ // why\n < exit(); >": "kprobe:f /pid/ {(call exit)}",
  };
  for (const [text, expected] of Object.entries(rows))
    it(text, () => expect(outline(text)).toEqual([expected]));
});

describe("action blocks in angle brackets", () => {
  const same: Record<string, string> = {
    "tracepoint:a:b < @[comm]=count(); >": "tracepoint:a:b { @[comm]=count(); }",
    "tracepoint:a:b<@[comm]=count()>": "tracepoint:a:b { @[comm]=count() }",
    "begin < >": "begin { }",
    "begin < if (pid > 1) { @ = 3 > 2; } @a = 1 < 2; >": "begin { if (pid > 1) { @ = 3 > 2; } @a = 1 < 2; }",
    "begin < @a = 1 > 2; @b = pid > tid; >": "begin { @a = 1 > 2; @b = pid > tid; }",
    "begin < @a = pid > tid >": "begin { @a = pid > tid }",
    "begin < if pid > tid { @ = 1 } >": "begin { if pid > tid { @ = 1 } }",
    "begin < @a = 8 >> 2; @a >>= 1; $x->y >= 2; @++>": "begin { @a = 8 >> 2; @a >>= 1; $x->y >= 2; @++ }",
    "begin < @ = 1 > end < print(@) >": "begin { @ = 1 } end { print(@) }",
    "begin < @ = 1; > kprobe:f, kprobe:g /pid > 1/ { }": "begin { @ = 1; } kprobe:f, kprobe:g /pid > 1/ { }",
    "begin < @ = 1 > kprobe:f /pid/ < @ = 2 >": "begin { @ = 1 } kprobe:f /pid/ { @ = 2 }",
    "begin < $x = c ? a > b : d; >": "begin { $x = c ? a > b : d; }",
    "begin < $x = c ? a > b:d < 4; >": "begin { $x = c ? a > b:d < 4; }",
    "begin < print((1 > 2)) > // done": "begin { print((1 > 2)) }",
    "begin // why\n< @ = 1; >": "begin { @ = 1; }",
    "begin < @ = 1 > macro m() { 1 }": "begin { @ = 1 } macro m() { 1 }",
    "begin < @ = a > b /* c */ > /* d */": "begin { @ = a > b }",
    "kprobe:f /pid > 1/ < @ = 1; >": "kprobe:f /pid > 1/ { @ = 1; }",
    "kprobe:f/pid/< @ = 1; >": "kprobe:f/pid/{ @ = 1; }",
    "begin < @x = { 1 > 2 } > 3; >": "begin { @x = { 1 > 2 } > 3; }",
    "begin < for ($i : 0..3) { print($i > 1) } >": "begin { for ($i : 0..3) { print($i > 1) } }",
  };
  for (const [angle, brace] of Object.entries(same)) {
    it(angle, () => expect(outline(angle)).toEqual(outline(brace)));
  }
  it("needs its closing bracket", () => {
    expect(tryParse("begin < @ = 1;").codes).toEqual(["TB1002"]);
    expect(tryParse("begin < print(1; >").codes).toEqual(["TB1001"]);
  });
});

describe("the items of a script", () => {
  it("are taken in every form", () => {
    const script = parseText(`#!/usr/bin/env bpftrace
#include <linux/sched.h>
#include "mine.h"
#define N 4
config = { max_map_keys = 1024; stack_mode = perf; lazy = true; name = "x" }
import "lib.bt";
let @a = lruhash(N + 1);
let @b = hash(2)
macro m($x, @y, z) { $x + z }
fn f($a : int64, $b : struct s *) : uint8 { return 1; }
kprobe:f { }
`);
    expect(script.shebang).toBe("#!/usr/bin/env bpftrace");
    expect(script.preamble.map((node) => node.kind)).toEqual(["c_text", "c_text", "c_text"]);
    expect(script.config?.entries.map(({ name, value, spelling }) => [name, value, spelling])).toEqual([
      ["max_map_keys", 1024n, "integer"],
      ["stack_mode", "perf", "identifier"],
      ["lazy", true, "bool"],
      ["name", "x", "string"],
    ]);
    expect(script.imports.map((node) => node.path)).toEqual(["lib.bt"]);
    expect(script.items.map((item) => item.kind)).toEqual([
      "map_declaration",
      "map_declaration",
      "macro",
      "function",
      "probe",
    ]);
    expect(script.items[2]).toMatchObject({
      params: [{ kind: "variable" }, { kind: "map" }, { kind: "identifier" }],
    });
    expect(script.items[3]).toMatchObject({
      params: [{ name: "$a" }, { name: "$b" }],
      result: { name: "uint8" },
    });
  });
  it("may import inside a block", () => {
    expect(parseText('begin { import "x"; exit(); }').imports).toMatchObject([{ path: "x" }]);
  });
  it("may be none at all", () => expect(parseText("// nothing").items).toEqual([]));
});
