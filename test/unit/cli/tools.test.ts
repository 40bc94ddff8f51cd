import { describe, expect, it } from "vitest";
import { tsbt } from "./fake-io.js";

const files = {
  "/tools/cpu/lately.bt": "#!/usr/bin/env tsbt\n// lately: how late threads are.\n//\nbegin { exit(); }\n",
  "/tools/disk/turning.bt": "#!/usr/bin/env tsbt\n// turning: how disks turn.\nbegin { exit(); }\n",
};

describe("tsbt tools", () => {
  it("lists tools by subsystem with the first line of their header", () => {
    expect(tsbt(["tools"], { files }).stdout).toBe(
      "cpu\n  lately   how late threads are.\n\ndisk\n  turning  how disks turn.\n",
    );
  });
  it("lists those that contain a word", () => {
    expect(tsbt(["tools", "--names", "DISK"], { files }).stdout).toBe("turning\n");
    expect(tsbt(["tools", "--path", "late"], { files }).stdout).toBe("/tools/cpu/lately.bt\n");
  });
  it("suggests the nearest name for a word that nothing contains", () => {
    const { code, stderr } = tsbt(["tools", "latly"], { files });
    expect(code).toBe(1);
    expect(stderr).toBe("ERROR: no tool matches 'latly'\nHINT: did you mean 'lately'?\nCODE: TB6021\n");
  });
});

describe("a tool by its name", () => {
  const dump = (name: string, more: Readonly<Record<string, string>> = {}): string =>
    tsbt(["--dump=ast", name], { files: { ...files, ...more } }).stderr;

  it("is found wherever the user is", () => {
    expect(dump("lately")).not.toContain("failed to open");
  });
  it("gives way to a file of that name", () => {
    expect(dump("lately", { lately: "begin { nonsense" })).toContain("lately:1:");
  });
  it("is not looked for when a path is written", () => {
    expect(dump("./lately")).toContain("failed to open file './lately'");
  });
});

describe("tsbt completion", () => {
  it.each(["bash", "zsh", "fish"])("%s knows the commands and the options", (shell) => {
    const { code, stdout } = tsbt(["completion", shell]);
    expect(code).toBe(0);
    for (const word of ["funccount", "tools", "unsafe", "dry-run"]) expect(stdout).toContain(word);
    expect(stdout).not.toContain("verify-llvm-ir");
  });
  it("names the shells there are", () => {
    expect(tsbt(["completion", "tcsh"]).stderr).toContain("HINT: there is one for bash, zsh, fish");
  });
});
