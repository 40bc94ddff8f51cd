import { describe, expect, it } from "vitest";
import { tsbt } from "./fake-io.js";

const script = "begin { exit(); }";

describe("what is wrong with a command line", () => {
  const cases: readonly (readonly [args: string, message: string])[] = [
    ["-f jsonx -e x", 'Invalid output format "jsonx"'],
    ["-B some -e x", "USAGE: -B must be either 'line', 'full', or 'none'."],
    ["-p a1 -e x", "Failed to parse pid: invalid integer: a1"],
    ["-p 1a1 -e x", "Failed to parse pid: invalid trailing bytes: 1a1"],
    ["-p 5000000 -e x", "Pid out of range: 5000000"],
    ["-p 0 -e x", "Failed to attach to pid: there is no process 0"],
    ["-c true -p 1 -e x", "USAGE: Cannot use both -c and -p."],
    ["-v", "USAGE: filename or -e 'program' required."],
    ["-k --no-warnings -e x", "USAGE: -k, --warnings conflicts with --no-warnings"],
    ["--no-warnings -k -e x", "USAGE: -k, --warnings conflicts with --no-warnings"],
    ["-kk -e x", "USAGE: -kk has been deprecated."],
    [
      "--mode fast -e x",
      "USAGE: --mode can only be 'codegen', 'compiler-bench', 'bench', 'test' or 'format'.",
    ],
    ["--test --bench -e x", "USAGE: --bench conflicts with existing --mode"],
    ["--mode test --fmt -e x", "USAGE: --fmt conflicts with existing --mode"],
    [
      "--no-feature uprobes -e x",
      "USAGE: --no-feature can only have values 'kprobe_multi,kprobe_session,uprobe_multi'.",
    ],
    ["-d llvm -e x", "USAGE: invalid option for -d: llvm"],
    ["--dump=asm -e x", "unknown stage 'asm'"],
    ["--probe-filter ( -e x", "Invalid --probe-filter regex '(': "],
    ["-l a b", "USAGE: -l takes one pattern or file"],
    ["nosuch.bt", "failed to open file 'nosuch.bt': No such file or directory"],
    ["--idonotexist", "unknown option '--idonotexist'"],
    ["-e", "option '-e <program>' needs a value"],
    ["--unsafe=1 -e x", "option '--unsafe' takes no value"],
    ["--help=1 -e x", "option '--help' takes no value"],
    ["check", "missing required argument 'scripts'"],
    ["build x.bt", "required option '-o <file>' not specified"],
  ];
  for (const [args, message] of cases) {
    it(args, () => {
      const ran = tsbt(args.split(" "));
      expect(ran.code).toBe(1);
      expect(ran.stderr).toContain(`ERROR: ${message}`);
      expect(ran.stderr).toMatch(/^CODE: TB\d{4}$/m);
      expect(ran.stdout).toBe("");
      expect(ran.options).toBeUndefined();
    });
  }
  it("names the nearest option and where all are told, in one message without the usage", () => {
    const told = (...args: string[]) => tsbt(args).stderr;
    expect(told("--dryrun", "-e", script)).toBe(
      "ERROR: unknown option '--dryrun'\nHINT: did you mean '--dry-run'? try `tsbt --help`\nCODE: TB6005\nUSAGE:\n    tsbt [options] [script.bt | -e 'program']\n",
    );
    expect(told("check", "--unsaf", "x.bt")).toContain("did you mean '--unsafe'? try `tsbt check --help`");
    expect(told("-z", "-e", script)).toBe(
      "ERROR: unknown option '-z'\nHINT: try `tsbt --help`\nCODE: TB6005\nUSAGE:\n    tsbt [options] [script.bt | -e 'program']\n",
    );
    // A named parameter in front of the `--` is an option of tsbt, and there is none of that name.
    expect(told("-e", script, "--aa=20")).toContain("HINT: a script's own options come behind `--`; try");
    expect(told("-e", "")).toBe(
      "ERROR: USAGE: filename or -e 'program' required.\nHINT: try `tsbt --help`\nCODE: TB6005\n",
    );
  });
  it("shows how it is used when nothing was asked for", () => {
    expect(tsbt([]).stderr).toMatch(/^USAGE:$/m);
    expect(tsbt([]).code).toBe(1);
  });
});

describe("what a command line means", () => {
  it("prints help and version on standard output", () => {
    const help = tsbt(["--help"]);
    expect(help.code).toBe(0);
    expect(help.stdout).toMatch(/^USAGE:$/m);
    expect(help.stderr).toBe("");
    expect(tsbt(["-V"]).stdout).toMatch(/^tsbt v\d+\.\d+\.\d+\nbpftrace v0\.26\.\d language\n$/);
    expect(tsbt(["--version"]).code).toBe(0);
  });
  it("has every option of bpftrace's manual page", () => {
    const help = tsbt(["-h"]).stdout;
    const options =
      "-B -c -d --debuginfo --dry-run -e -f --fmt -h --help -I --include --info -k -l --no-feature --no-warnings " +
      "--probe-filter --traceable-functions -o -p -q --unsafe --usdt-file-activation -V --version -v " +
      "--list --cmd --pid --output --quiet --verbose --warnings --mode --test --bench --debug --emit-elf";
    for (const option of options.split(" ")) {
      expect(help).toMatch(new RegExp(`(^|[ ,])${option}([ ,]|$)`, "m"));
    }
  });
  it("takes clustered and joined short options, and long ones with and without =", () => {
    const { options } = tsbt(["-qvk", "-fjson", "-Bnone", "-oout", "--cmd=true", "--unsafe", "-e", script]);
    expect(options).toMatchObject({
      quiet: true,
      verbose: 1,
      helperErrors: true,
      format: "json",
      buffer: "none",
      output: "out",
      cmd: "true",
      unsafe: true,
    });
  });
  it("takes options behind the script, as getopt does", () => {
    const { options } = tsbt(["s.bt", "5", "-q", "--pid", "0x10"], {
      files: { "s.bt": "begin { print($1); }" },
    });
    expect(options).toMatchObject({ quiet: true, pid: 16 });
  });
  it("reads the program from standard input for -", () => {
    expect(tsbt(["-"], { stdin: script }).options).toBeDefined();
  });
  it("gives parameters that are called like commands to the script", () => {
    const ran = tsbt(["--dump=types", "-e", "begin { print(str($1)); }", "build"]);
    expect(ran.stderr).toBe("");
    expect(ran.stdout).toContain('"build"');
  });
  it("asks for privilege before it looks at the kernel", () => {
    const nobody = { files: { "/proc/self/status": "CapEff:\t0000000000000000\n" } };
    const ran = tsbt(["-e", "tracepoint:no:such { }"], nobody);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("Missing CAP_BPF capability, please run tsbt as the root user.");
    expect(ran.stderr).toContain("CODE: TB6101");
    expect(ran.stderr).not.toContain("tracepoint");
  });
  it("prints stages for -d and runs, for --dump and does not", () => {
    const debug = tsbt(["-d", "dis", "-e", script]);
    expect(debug.stdout).not.toBe("");
    expect(debug.options).toBeDefined();
    expect(tsbt(["-d", "libbpf,verifier", "-e", script]).options).toMatchObject({
      debug: ["libbpf", "verifier"],
    });
    expect(tsbt(["--dump=bpf", "-e", script]).options).toBeUndefined();
  });
  it("writes the object for --emit-elf and runs nothing", () => {
    const ran = tsbt(["--emit-elf", "x.o", "-e", script]);
    expect(ran.written["x.o"]?.slice(1, 4)).toBe("ELF");
    expect(ran.options).toBeUndefined();
    expect(tsbt(["--emit-elf", "/nowhere/x.o", "-e", script])).toMatchObject({ code: 1, options: undefined });
  });
  it("formats with --fmt, into a file with -o", () => {
    const ugly = "begin{exit()}";
    expect(tsbt(["--fmt", "-e", ugly]).stdout).toBe(
      tsbt(["fmt", "s.bt"], { files: { "s.bt": ugly } }).stdout,
    );
    expect(Object.keys(tsbt(["--fmt", "-o", "out.bt", "-e", ugly]).written)).toEqual(["out.bt"]);
  });
  it("leaves out probes that --probe-filter does not match, but not begin", () => {
    const program = "begin { } interval:s:1 { } interval:ms:5 { }";
    const kept = tsbt(["--dump=types", "-e", program]).stdout;
    expect(kept).toContain("interval:ms:5");
    const filter = (regex: string) => tsbt(["--dry-run", "--probe-filter", regex, "-e", program]);
    expect(filter(":ms:").options).toBeDefined();
    const none = tsbt(["--probe-filter", "nothing", "-e", "interval:s:1 { }"]);
    expect(none.stderr).toContain("no probe's name matches --probe-filter");
    expect(none.code).toBe(1);
    // bpftrace's words, in a line of their own on standard output, unless they are not wanted.
    expect(none.stdout).toBe("No probes to attach\n");
    expect(tsbt(["-q", "--probe-filter", "nothing", "-e", "interval:s:1 { }"]).stdout).toBe("");
  });
});
