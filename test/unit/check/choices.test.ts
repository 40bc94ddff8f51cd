import { describe, expect, it } from "vitest";
import { errors, program } from "./harness.js";

const names = (text: string, params: readonly string[] = []): string[] =>
  program(text, { params }).probes.flatMap(({ attach }) => attach.map(({ probe }) => probe));

describe("a comptime predicate", () => {
  it("that holds leaves no predicate", () => {
    expect(program("begin /comptime (1 < 2)/ { exit(); }").probes[0]?.predicate).toBeUndefined();
  });
  it("that does not hold leaves no probe, whatever stands in it", () => {
    const text =
      'begin { exit(); } tracepoint:no:such /comptime probe_exist("tracepoint:no:such")/ { args.x; }';
    expect(names(text)).toEqual(["begin"]);
  });
  it("chooses by an option", () => {
    const text = 'begin { exit(); } interval:s:1 /comptime (getopt("n", 0) > 0)/ { exit(); }';
    expect(names(text)).toEqual(["begin"]);
    expect(names(text, ["--n=3"])).toEqual(["begin", "interval:s:1"]);
  });
  it("may be a macro", () => {
    const text = 'macro on() { getopt("on") } begin { exit(); } end /comptime on/ { exit(); }';
    expect(names(text)).toEqual(["begin"]);
    expect(names(text, ["--on"])).toEqual(["begin", "end"]);
  });
  it("must be known when compiling", () => {
    expect(errors("begin /comptime (pid == 1)/ { exit(); }")).toEqual(["TB3013"]);
  });
  it("may leave nothing, which is said", () => {
    expect(errors("begin /comptime (1 > 2)/ { exit(); }")).toEqual(["TB4010"]);
  });
});

describe("questions about the target", () => {
  const answer = (question: string): boolean =>
    names(`begin { exit(); } end /comptime ${question}/ { exit(); }`).length === 2;
  it.each([
    ['probe_exist("tracepoint:syscalls:sys_enter_openat")', true],
    ['probe_exist("t:syscalls:sys_enter_openat")', true],
    ['probe_exist("tracepoint:syscalls:sys_enter_nonsense")', false],
    ['probe_exist("nonsense:x")', false],
    ['!probe_exist("nonsense:x")', true],
    ['!probe_exist("tracepoint:syscalls:sys_enter_openat")', false],
    ['(!probe_exist("nonsense:x") && probe_exist("tracepoint:syscalls:sys_enter_openat"))', true],
    ['(probe_exist("nonsense:x") || !probe_exist("tracepoint:syscalls:sys_enter_openat"))', false],
    ['probe_exist("kprobe:no_such_function")', false],
    ['field_exist("struct task_struct", "comm")', true],
    ['field_exist("struct task_struct", "half")', true],
    ['field_exist("struct task_struct", "nonsense")', false],
    ['field_exist("struct nonsense", "comm")', false],
    ['field_exist("tracepoint:syscalls:sys_enter_openat", "filename")', true],
    ['field_exist("tracepoint:syscalls:sys_enter_openat", "nonsense")', false],
  ])("%s", (question, holds) => {
    expect(answer(question)).toBe(holds);
  });
});

it("--unsafe makes no function exist", () => {
  const text = 'begin { exit(); } end /comptime probe_exist("kprobe:no_such_function")/ { exit(); }';
  expect(program(text, { unsafe: true }).probes.length).toBe(1);
});

describe("answers found when compiling", () => {
  it.each([
    ['!getopt("x")', true],
    ['getopt("x") || getopt("n", 0) == 0', true],
    ['getopt("x") && pid == 1', false],
    ['getopt("s", "") == ""', true],
  ])("fold in %s", (question, holds) => {
    expect(names(`begin { exit(); } end /comptime (${question})/ { exit(); }`).length === 2).toBe(holds);
  });
});
