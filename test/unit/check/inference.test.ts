import { describe, expect, it } from "vitest";
import { errors, mapType, variableType } from "./harness.js";

describe("types of variables", () => {
  it.each([
    ["$a = 1;", "int8"],
    ["$a = -1;", "int8"],
    ["$a = 200;", "int16"],
    ["$a = 10446744073709551615;", "uint64"],
    ["$a = 1; $a = (uint32)2;", "uint32"],
    ["$a = 1; $a = 2; $a = (uint64)3;", "uint64"],
    ["$a = 1; $a = -1; $a = (int32)3;", "int32"],
    ["$a = -1; $a = (uint64)2;", "int64"],
    ["$a = (int8)1; $a = (uint8)2;", "int16"],
    ["$a = (uint32)1; $a = (int32)2;", "int64"],
    ["$a = (uint32)1; $b = (int32)2; $a = $b;", "int64"],
    ["let $v; $a = $v; $v = 10;", "int8"],
    ['$a = "str"; $a = "longer";', "string[7]"],
    ['$a = ((uint32)1, "str"); $a = (1, "longer");', "(uint32,string[7])"],
    ["$a = 1 << 16;", "int32"],
    ["$a = 1; $a++;", "int64"],
    ["$a = (uint64)1 - (uint64)2;", "int64"],
    ["$a = (uint32)1 + (uint8)2;", "uint64"],
    ["$a = pid + 1;", "uint64"],
    ["$a = 1 == 2;", "bool"],
    ["let $a : uint16 = 5;", "uint16"],
    ["$a = comm;", "string[16]"],
    ["$a = (1, 2);", "(int8,int8)"],
    ["$a = curtask;", "struct task_struct *"],
    ["$a = curtask.comm;", "string[16]"],
    ["$a = curtask->real_parent->pid;", "int32"],
    ["$a = curtask.half;", "int32"],
    ["$a = COLOUR_BLUE;", "enum colour"],
    ["$a = sizeof(struct task_struct);", "uint64"],
  ])("%s", (body, type) => {
    expect(variableType(`begin { ${body} }`, "$a")).toBe(type);
  });
});

describe("types of maps", () => {
  it.each([
    ["@a = 1;", "int8"],
    ["@a++;", "int64"],
    ["@a += 5;", "int64"],
    ["@a = count();", "count_t"],
    ["@a[pid] = count();", "uint32 -> count_t"],
    ["@a[pid, comm] = sum(5);", "(uint32,string[16]) -> sum_t"],
    ["@a[(pid, comm)] = hist(5);", "(uint32,string[16]) -> hist_t"],
    ["@a = 1; @a = (uint64)2;", "uint64"],
    ['@a["x"] = 1; @a["longer"] = 2;', "string[7] -> int8"],
    ["@a[tid] = nsecs; delete(@a, tid);", "uint32 -> uint64"],
    ["@a[1] = kstack;", "int8 -> kstack_bpftrace_127"],
  ])("%s", (body, type) => {
    expect(mapType(`begin { ${body} }`, "@a")).toBe(type);
  });

  it("follows a map across probes in either order", () => {
    expect(mapType("begin { $x = @a; @b = $x; } end { @a = (uint32)3; }", "@b")).toBe("uint32");
  });
});

describe("maps made of themselves", () => {
  it("are numbers", () => {
    expect(errors("begin { @sum = @sum + 5; @m[pid] = @m[pid] > 2 ? @m[pid] - 1 : 7; exit(); }")).toEqual([]);
  });
  it("are not, if they are something else elsewhere", () => {
    expect(errors('begin { @s = @s; @s = "x"; exit(); }')).toEqual([]);
  });
  it("still have to be given something", () => {
    expect(errors("begin { print(@nothing); exit(); }")).toEqual(["TB2004"]);
  });
});

describe("after a probe that does not exist", () => {
  it("maps that only it fills are not reported too", () => {
    expect(errors("tracepoint:no:such { @a = 1; } begin { print(@a); exit(); }")).toEqual(["TB4003"]);
  });
});
