import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { tsbt } from "./fake-io.js";

const lately = `#!/usr/bin/env tsbt
// lately: how late threads are.
//
// Answers:   are they late?
// Options:   --pid=N   only this process, see --help of ps
//            --failed  only those
// Output:    a line, unless --quiet.
begin { exit(); }
`;
const files = {
  "/tools/cpu/lately.bt": lately,
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

describe("help of a tool", () => {
  const help = `lately: how late threads are.

USAGE:
    tsbt [options of tsbt] lately [-- options of lately]

Answers:   are they late?
Options:   --pid=N   only this process, see --help of ps
           --failed  only those
Output:    a line, unless --quiet.
`;
  it.each([
    ["lately", "--help"],
    ["lately", "--", "--help"],
    ["lately", "-h"],
  ])("is its header: %s %s %s", (...args) => {
    const { code, stdout, stderr } = tsbt(args, { files });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: help, stderr: "" });
  });
  it("is not that of a file of the same name", () => {
    const own = { ...files, "./lately": "begin { exit(); }", lately: "begin { exit(); }" };
    expect(tsbt(["lately", "--", "--help"], { files: own }).stderr).toContain("no custom program options");
  });
  it("names its options for completion", () => {
    const asked = tsbt(["tools", "--options", "--", "-q", "nothing", "lately", "turning"], { files });
    expect(asked).toMatchObject({ code: 0, stdout: "--pid=\n--failed\n" });
    expect(tsbt(["tools", "--options", "nothing"], { files })).toMatchObject({
      code: 1,
      stdout: "",
      stderr: "",
    });
  });
});

describe("tsbt completion", () => {
  it("completes commands, tools, options of tsbt and of a tool in bash", () => {
    const complete = (...words: string[]): string => {
      const script = `tsbt() { case $* in
          "tools --names") echo lately turning ;;
          "tools --options -- -q lately") echo --pid= --failed ;;
        esac; }
        ${tsbt(["completion", "bash"]).stdout}
        COMP_WORDS=(tsbt ${words.map((word) => `"${word}"`).join(" ")}); COMP_CWORD=${words.length}
        _tsbt; echo "\${COMPREPLY[@]}"`;
      return spawnSync("bash", ["--norc", "-c", script], { encoding: "utf8", cwd: "/" }).stdout.trim();
    };
    expect(complete("late")).toBe("lately");
    expect(complete("funcc")).toBe("funccount");
    expect(complete("-q", "--verb")).toBe("--verbose");
    expect(complete("-q", "lately", "--", "--f")).toBe("--failed");
    expect(complete("-q", "lately", "--", "")).toBe("--pid= --failed");
  });

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
