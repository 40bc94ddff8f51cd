/**
 * A test for each tool of tools/: that the kernel at hand takes it, all its programs loaded and attached. What it shows
 * is for test/kernel/tools-*.test.
 */
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";

/** Tools that are another program with a parameter, or none without. */
const parameters = {
  memleak: ["", "--pid=1"],
  pmheld: ["--pid=1"],
  pmlock: ["--pid=1"],
  shellsnoop: ["--pid=1"],
};

/** Tools of one kind of process, which -p names: without it they say so, and the kernel is given nothing. */
const ofProcess = {
  javacalls: "^javacalls: name a Java process ",
  javagc: "^javagc: name a Java process ",
  javathreads: "^javathreads: name a Java process ",
  jnistacks: "^jnistacks: name a Java process ",
  mysqld_clat: "^mysqld_clat: name a MySQL or MariaDB server ",
  mysqld_qslower: "^mysqld_qslower: name a MySQL or MariaDB server ",
};

/**
 * Tools that cannot work everywhere: what the kernel must have (a requirement of kernel-at-hand.mjs), and the one
 * sentence that the tool has for kernels without.
 */
const noKprobes =
  "^ERROR: Unable to attach probe: k(ret)?probe:\\w+\\. This kernel cannot attach it\\.\nCODE: TB6107\nHINT: it is built without kprobes ";
const needs = {
  blkthrot: { feature: "kprobe", says: "^blkthrot needs kprobes, which this kernel has not: " },
  ffaults: { feature: "kprobe", says: "^ffaults needs kprobes, which this kernel has not: " },
  hfaults: { feature: "kprobe", says: "^hfaults needs kprobes, which this kernel has not: " },
  ieee80211scan: { feature: "wifi", says: "ERROR: This kernel has no Wi-Fi tracepoints: " },
  llcstat: { feature: "hardware", says: "ERROR: Unable to attach probe: hardware:cache-references:\\d+\\. " },
  mheld: { feature: "kprobe", says: "^mheld needs kprobes, which this kernel has not: " },
  mlock: { feature: "kprobe", says: "^mlock needs kprobes, which this kernel has not: " },
  nfsdist: { feature: "kprobe", says: "^nfsdist needs kprobes and the module nfs, and this kernel lacks " },
  nfsslower: {
    feature: "kprobe",
    says: "^nfsslower needs kprobes and the module nfs, and this kernel lacks ",
  },
  mdflush: {
    feature: "kprobe",
    says: "^mdflush needs kprobes and the module md_mod, and this kernel lacks ",
  },
  ...Object.fromEntries(
    "btrfsdist btrfsslower dcsnoop dcstat ext4dist ext4slower icstat overlayfs readahead tcpnagle tcpsynbl vfscount vfsstat xfsdist xfsslower"
      .split(" ")
      .map((tool) => [tool, { feature: "kprobe", says: noKprobes }]),
  ),
  modsnoop: { feature: "modules", says: "^modsnoop: this kernel is built without modules, " },
};

function make(name, path, directives) {
  const all = directives.map(([word, text]) => ({ word, lines: text === "" ? [] : [text] }));
  return { name, label: `tools-load: ${name}`, where: path, all };
}

function testsOf(path) {
  const tool = basename(path, ".bt");
  const need = needs[tool];
  if (ofProcess[tool] !== undefined) {
    const refusal = [
      ["FILE", path],
      ["ARGS", "-q"],
      ["EXIT", "1"],
      ["EXPECT_RE", ofProcess[tool]],
    ];
    return [make(`${tool} says what it needs`, path, refusal)];
  }
  const load = (parameter) =>
    make(`${tool}${parameter && ` ${parameter}`}`, path, [
      ["FILE", path],
      ["ARGS", "--dry-run -q"],
      ["PARAMS", parameter && `-- ${parameter}`],
      ["EXPECT", ""],
      ...(need === undefined ? [] : [["REQUIRES", need.feature]]),
    ]);
  const tests = (parameters[tool] ?? [""]).map(load);
  if (need === undefined) return tests;
  // Some say it in their output, some as an error.
  const where = need.says.includes("ERROR") ? "STDERR_RE" : "EXPECT_RE";
  const refusal = [
    ["FILE", path],
    ["ARGS", "-q"],
    ["EXIT", "1"],
    [where, need.says],
    ["LACKS", need.feature],
  ];
  return [...tests, make(`${tool} says what it needs`, path, refusal)];
}

export function toolTests(root) {
  return readdirSync(join(root, "tools"), { recursive: true })
    .filter((path) => path.endsWith(".bt"))
    .sort()
    .flatMap((path) => testsOf(`tools/${path}`));
}
