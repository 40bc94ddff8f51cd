import { describe, expect, it } from "vitest";
import { kernelFunctions } from "../../../src/target/functions.js";

const list = (text: string | undefined) =>
  kernelFunctions(
    () => text,
    () => ["vfs_read", "rcu_note"],
    (name) => name === "vfs_read" || name === "schedule",
  );

describe("the list of traceable functions", () => {
  const functions = list("vfs_read\nvfs_write\nshared [a]\nshared [b]\nshared\nrcu_barrier\n");
  it("knows whole names only", () => {
    expect(functions.has("vfs_read")).toBe(true);
    expect(functions.has("vfs_rea")).toBe(false);
    expect(functions.has("s_read")).toBe(false);
  });
  it("knows the modules of a name", () => {
    expect(functions.modulesOf("shared")).toEqual(["a", "b", "vmlinux"]);
    expect(functions.modulesOf("vfs_write")).toEqual(["vmlinux"]);
    expect(functions.has("shared", "b")).toBe(true);
    expect(functions.has("vfs_read", "b")).toBe(false);
  });
  it("knows the first line, too", () => {
    expect(list("only [a]\n").has("only")).toBe(true);
    expect(list("only\n").has("only")).toBe(true);
    expect(list("only [a]\n").has("onl")).toBe(false);
  });
  it("names a function of several modules once", () => {
    expect(functions.names).toEqual(["vfs_read", "vfs_write", "shared"]);
  });
  it("counts the kernel's own of one name", () => {
    const several = list("event_show\nevent_show [a]\nuevent_show\nevent_show\nevent_show_all\nevent_show");
    expect(several.namesakes("event_show")).toBe(3);
    expect(several.namesakes("uevent_show")).toBe(1);
    expect(several.namesakes("vent_show")).toBe(0);
    expect(list(undefined).namesakes("event_show")).toBe(0);
  });
  it("leaves out what stops the machine", () => {
    expect(functions.has("rcu_barrier")).toBe(false);
  });
});

describe("without a list", () => {
  it("types and symbols stand in", () => {
    const functions = list(undefined);
    expect(functions.known).toBe(false);
    expect(functions.names).toEqual(["vfs_read"]);
    expect(functions.has("schedule")).toBe(true);
    expect(functions.has("nonsense")).toBe(false);
  });
  it("an empty list is not none", () => {
    const functions = list("");
    expect(functions.known).toBe(true);
    expect(functions.has("vfs_read")).toBe(false);
  });
});
