import { describe, expect, it } from "vitest";
import { listProbes } from "../../../src/lang/probes/list.js";
import { stubTarget } from "../check/stub-target.js";

const names = (pattern: string): string[] =>
  [...listProbes({ target: stubTarget, binaries: undefined, pid: undefined }, pattern)].map(
    (probe) => probe.name,
  );

describe("listing", () => {
  it("takes the names and short names of providers", () => {
    expect(names("kprobe:vfs_*")).toEqual(["kprobe:vfs_read", "kprobe:vfs_write"]);
    expect(names("k:vfs_rea?")).toEqual(["kprobe:vfs_read"]);
    expect(names("kr:vfs_read")).toEqual(["kretprobe:vfs_read"]);
  });
  it("shows modules when the pattern has one", () => {
    expect(names("kprobe:vmlinux:vfs_*")).toEqual(["kprobe:vmlinux:vfs_read", "kprobe:vmlinux:vfs_write"]);
  });
  it("looks in all categories for an event alone", () => {
    expect(names("tracepoint:sched_switch")).toEqual(["tracepoint:sched:sched_switch"]);
  });
  it("looks in all kinds for a name alone", () => {
    expect(names("*sched_switch*")).toContain("tracepoint:sched:sched_switch");
    expect(names("vfs_read")).toContain("kprobe:vfs_read");
  });
  it("takes patterns of providers", () => {
    const found = names("*ware:c*");
    expect(found).toContain("hardware:cpu-cycles:");
    expect(found).toContain("software:cpu:");
  });
  it("leaves out what only the script itself fires, unless asked", () => {
    expect(names("").some((name) => name.startsWith("interval"))).toBe(false);
    expect(names("interval:*")).toEqual(["interval:hz:", "interval:ms:", "interval:s:", "interval:us:"]);
  });
});
