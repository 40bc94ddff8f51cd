import { describe, expect, it } from "vitest";
import { joinSessions } from "../../../src/check/sessions.js";
import type { KernelFunction, Target } from "../../../src/target/target.js";
import { program } from "./harness.js";
import { stubTarget } from "./stub-target.js";

/** As the stub, and with the function that sessions ask which end they are at. */
const target: Target = { ...stubTarget, kfunc: () => ({}) as KernelFunction };
const without: Target = { ...target, features: { ...target.features, kprobeSession: false } };

/** What is attached, in order: `+` a session, `>` an entry, `<` a return. */
function shapes(text: string, on = target): string {
  return joinSessions(program(text), on)
    .probes.map(({ attach: [attach], onReturn }) => {
      if (attach?.kind !== "kprobe_multi") return attach?.kind ?? "";
      if ((attach.session === true) !== (onReturn !== undefined)) throw new Error("half a session");
      return attach.session === true ? "+" : attach.return ? "<" : ">";
    })
    .join(" ");
}

describe("kprobe sessions", () => {
  it("join a probe on functions with the one on their returns", () => {
    expect(shapes("kprobe:vfs_read { @a = 1 } kretprobe:vfs_read { @b = 1 }")).toBe("+");
    expect(shapes("kretprobe:vfs_* { @b = 1 } kprobe:vfs_* { @a = 1 }")).toBe("+");
  });
  it("need the same functions at both ends", () => {
    expect(shapes("kprobe:vfs_read { @a = 1 } kretprobe:vfs_write { @b = 1 }")).toBe("> <");
    expect(shapes("kprobe:vfs_* { @a = 1 } kretprobe:vfs_read { @b = 1 }")).toBe("> <");
    expect(shapes("kprobe:vfs_write,kprobe:vfs_read { @a = 1 } kretprobe:vfs_* { @b = 1 }")).toBe("+");
  });
  it("take the first of several entries, and none of several returns", () => {
    expect(shapes("kprobe:vfs_read { @a = 1 } kprobe:vfs_read { @b = 1 } kr:vfs_read { @c = 1 }")).toBe(
      "+ >",
    );
    expect(shapes("kprobe:vfs_read { @a = 1 } kr:vfs_read { @b = 1 } kr:vfs_read { @c = 1 }")).toBe("> < <");
  });
  it("leave offsets and programs of one name each alone", () => {
    expect(shapes("kprobe:vfs_read+4 { @a = 1 } kretprobe:vfs_read { @b = 1 }")).toBe("kprobe <");
  });
  it("are no concern of kernels without them", () => {
    const text = "kprobe:vfs_read { @a = 1 } kretprobe:vfs_read { @b = 1 }";
    expect(shapes(text, without)).toBe("> <");
    expect(shapes(text, stubTarget)).toBe("> <");
  });
});
