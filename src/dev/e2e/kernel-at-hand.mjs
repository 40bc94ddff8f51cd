/** What this kernel has, asked of the kernel itself and not of tsbt: a feature that is there is never skipped. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { haveProgram } from "../vm/packages.mjs";
import { one, work, wordsOf } from "./test-file.mjs";

/** Programs that compiling needs, not running. */
const forCompiling = ["clang", "objcopy", "xz"];

const featureProbes = {
  kprobe: () => existsSync("/sys/bus/event_source/devices/kprobe"),
  uprobe: () => existsSync("/sys/bus/event_source/devices/uprobe"),
  fentry: () =>
    existsSync("/sys/bus/event_source/devices/kprobe") &&
    existsSync("/sys/kernel/tracing/available_filter_functions"),
  hardware: () => existsSync("/sys/bus/event_source/devices/cpu/events/cpu-cycles"),
  bpf: () => spawnSync(join(work, "bpfcount")).status === 0,
  btf: () => existsSync("/sys/kernel/btf/vmlinux"),
  modules: () => existsSync("/proc/modules"),
  xen: () => existsSync("/sys/kernel/tracing/events/xen"),
  wifi: () => existsSync("/sys/kernel/tracing/events/cfg80211"),
  /** For C that scripts import; installed where that may be. */
  clang: () => haveProgram("clang", "clang"),
  /** For tests that cut symbols out of programs and pack them. */
  objcopy: () => haveProgram("objcopy", "binutils"),
  xz: () => haveProgram("xz", "xz-utils"),
  /** For what a test knows of one architecture: numbers of calls, registers, functions inlined, libraries of this machine. */
  x64: () => process.arch === "x64",
  arm64: () => process.arch === "arm64",
  shell: () => existsSync("/bin/bash"),
  disk: () => reachesDisk("/var/tmp"),
  /** For tests that name the disk of the virtual machines. */
  vda: () => existsSync("/sys/block/vda"),
  smp: () => readdirSync("/sys/bus/cpu/devices").length > 1,
};
const known = new Map();

/** 512-byte sectors that all block devices have written (Documentation/admin-guide/iostats.rst, field 7). */
function sectorsWritten() {
  const lines = readFileSync("/proc/diskstats", "utf8").trim().split("\n");
  return lines.reduce((sum, line) => sum + Number(line.trim().split(/ +/)[9] ?? 0), 0);
}

/** Does what is written past the page cache in this folder come to a block device? Memory and network file systems have none. */
function reachesDisk(folder) {
  const file = join(folder, `tsbt-disk-${process.pid}`);
  const before = sectorsWritten();
  const written = spawnSync("dd", ["if=/dev/zero", `of=${file}`, "bs=64k", "count=16", "oflag=direct"]);
  rmSync(file, { force: true });
  return written.status === 0 && sectorsWritten() - before >= 2048;
}

/** Does the kernel's BTF mention a function? Its strings end in NULs. */
function namedInBtf(name) {
  return featureProbes.btf() && readFileSync("/sys/kernel/btf/vmlinux").includes(`\0${name}\0`);
}

function has(name, where) {
  if (name.startsWith("kfunc:")) return namedInBtf(name.slice(6));
  if (!(name in featureProbes)) throw new Error(`${where}: unknown requirement ${name}`);
  if (!known.has(name)) known.set(name, featureProbes[name]());
  return known.get(name);
}

/** Features that the caller knows this kernel to have (space-separated): lacking one is a failure, not a skip. */
const mustHave = (process.env.TSBT_TEST_MUST_HAVE ?? "").split(" ").filter((name) => name !== "");

const numbers = (version) => version.split(/[.-]/).slice(0, 2).map(Number);

/** What this machine lacks to compile a test with; undefined if nothing. */
export function cannotCompile(test) {
  const missing = wordsOf(test, "REQUIRES").filter((name) => forCompiling.includes(name) && !has(name));
  return missing.length > 0 ? `there is no ${missing.join(", ")}` : undefined;
}

/**
 * `{ problems }` or `{ skipped }` for a test that this kernel cannot run; undefined when it can. What compiling needs
 * is of no matter to one `isCompiled`.
 */
export function unfit(test, isCompiled) {
  const missing = wordsOf(test, "REQUIRES")
    .filter((name) => !(isCompiled && forCompiling.includes(name)))
    .filter((name) => !has(name, test.where));
  const promised = missing.filter((name) => mustHave.includes(name));
  if (promised.length > 0)
    return { problems: [`this kernel should have ${promised.join(", ")}, and has not`] };
  if (missing.length > 0) return { skipped: `this kernel has no ${missing.join(", ")}` };
  const here = wordsOf(test, "LACKS").filter((name) => has(name, test.where));
  if (here.length > 0) return { skipped: `this kernel has ${here.join(", ")}` };
  const first = one(test, "KERNEL");
  if (first === undefined) return undefined;
  const [major, minor] = numbers(readFileSync("/proc/sys/kernel/osrelease", "utf8"));
  const [needMajor, needMinor] = numbers(first);
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return undefined;
  return { skipped: `this kernel is older than ${first}` };
}
