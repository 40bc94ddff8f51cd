/** The running kernel as a target: the only reader of /sys and /proc in the compiler. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { arch, cpus } from "node:os";
import { lazy } from "../base/lazy.js";
import type { ArchName } from "./arch.js";
import type { PidNamespace, Target } from "./target.js";
import { makeTarget, type TargetData } from "./target-data.js";

const btfFolder = "/sys/kernel/btf";
const pmuFolder = "/sys/bus/event_source/devices";
const lockdown = "/sys/kernel/security/lockdown";
const tracefsPlaces = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];

function read(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** Where tracefs is mounted; root may mount it where it is not yet. Undefined without it. */
function findTracefs(): string | undefined {
  const find = (): string | undefined => tracefsPlaces.find((place) => existsSync(`${place}/events`));
  const found = find();
  if (found !== undefined || process.getuid?.() !== 0) return found;
  try {
    execFileSync("mount", ["-t", "tracefs", "tracefs", tracefsPlaces[0] ?? ""], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  return find();
}

/** `category:event` of each folder of an event: a kernel locked down shows these where it refuses its list. */
function foldersOfEvents(events: string): string[] {
  const foldersIn = (path: string): string[] => {
    try {
      return readdirSync(path, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name);
    } catch {
      return [];
    }
  };
  return foldersIn(events)
    .filter((category) => category !== "ftrace")
    .flatMap((category) => foldersIn(`${events}/${category}`).map((event) => `${category}:${event}`))
    .sort();
}

/** The running kernel as plain data, for `target save` and for `hostTarget`. Nothing is kept between two calls. */
export function hostTargetData(): TargetData {
  const tracefs = lazy(findTracefs);
  const kallsyms = lazy(() => read("/proc/kallsyms")?.toString("latin1") ?? "");
  const module = (name: string): Uint8Array | undefined => read(`${btfFolder}/${name}`);
  return {
    origin: "host",
    arch: hostArch(),
    // Not os.release(): the startup snapshot keeps that of the kernel it was built on.
    release: read("/proc/sys/kernel/osrelease")?.toString("utf8").trim() ?? "",
    btf: () => read(`${btfFolder}/vmlinux`),
    hasBtf: () => existsSync(`${btfFolder}/vmlinux`),
    modules: () => {
      try {
        return readdirSync(btfFolder).filter((name) => name !== "vmlinux");
      } catch {
        return [];
      }
    },
    moduleBtf: module,
    tracepointFormat: (category, event) =>
      read(`${tracefs()}/events/${category}/${event}/format`)?.toString("utf8"),
    tracepoints: () => {
      // Without ftrace's own records: they are no tracepoints, nothing can be attached to them.
      const text = read(`${tracefs()}/available_events`)?.toString("latin1");
      if (text === undefined) return foldersOfEvents(`${tracefs()}/events`);
      return text
        .split("\n")
        .filter((line) => line.includes(":"))
        .sort();
    },
    functions: () => read(`${tracefs()}/available_filter_functions`)?.toString("latin1"),
    loadedModules: lazy(() => {
      const list = read("/proc/modules");
      // A kernel built without modules has no such file.
      if (list === undefined) return existsSync("/proc/self") ? [] : undefined;
      const lines = list.toString("latin1").split("\n");
      return lines.map((line) => line.slice(0, line.indexOf(" ")));
    }),
    bpfPrograms,
    readsKernelMemory: lazy(() => !read(lockdown)?.toString("latin1").includes("[confidentiality]")),
    kprobePmu: existsSync(`${pmuFolder}/kprobe`),
    uprobePmu: existsSync(`${pmuFolder}/uprobe`),
    symbols: {
      address: (name) => kernelAddress(kallsyms(), name),
      sizeOf: (name) => kernelSize(kallsyms(), name),
    },
    pidNamespace: pidNamespace(),
    cgroupId,
    cpuCount: possibleCpus(),
    pageSize: 4096,
    hz: undefined,
  };
}

/** PROC_PID_INIT_INO of include/linux/proc_ns.h: the initial namespace. */
const INITIAL_PID_NAMESPACE = 0xeffffffcn;

function pidNamespace(): PidNamespace | undefined {
  try {
    const { dev, ino } = statSync("/proc/self/ns/pid", { bigint: true });
    return ino === INITIAL_PID_NAMESPACE ? undefined : { device: dev, inode: ino };
  } catch {
    return undefined;
  }
}

/** A cgroup's id is the inode number of its folder. */
function cgroupId(path: string): bigint | undefined {
  try {
    const { ino } = statSync(path, { bigint: true });
    return ino;
  } catch {
    return undefined;
  }
}

function hostArch(): ArchName {
  return arch() === "arm64" ? "aarch64" : "x86_64";
}

/** `0-3` or `0-1,4-7` in /sys/devices/system/cpu/possible; per-CPU values have a row for each possible CPU. */
function possibleCpus(): number {
  const text = read("/sys/devices/system/cpu/possible")?.toString("utf8").trim() ?? "";
  const last = /(\d+)$/.exec(text)?.[1];
  return last === undefined ? cpus().length : Number(last) + 1;
}

function kernelAddress(kallsyms: string, name: string): bigint | undefined {
  const at = kallsyms.indexOf(` ${name}\n`);
  if (at < 0) return undefined;
  const line = kallsyms.slice(kallsyms.lastIndexOf("\n", at) + 1, at);
  const address = BigInt(`0x${line.slice(0, line.indexOf(" "))}`);
  return address === 0n ? undefined : address;
}

/** To the next higher address of any symbol of the same section of code. */
function kernelSize(kallsyms: string, name: string): number | undefined {
  const start = kernelAddress(kallsyms, name);
  if (start === undefined) return undefined;
  let next: bigint | undefined;
  for (const match of kallsyms.matchAll(/^([0-9a-f]+) [tTwW] /gm)) {
    const address = BigInt(`0x${match[1]}`);
    if (address > start && (next === undefined || address < next)) next = address;
  }
  return next === undefined ? undefined : Number(next - start);
}

/** Only a native program can ask the kernel: the front that started us, when it did. */
function bpfPrograms(): { readonly id: number; readonly name: string }[] {
  const front = process.env.TSBT_FRONT;
  if (front === undefined) return [];
  try {
    const lines = execFileSync(front, ["--list-bpf-programs"], { encoding: "utf8" }).split("\n");
    return lines.flatMap((line) => {
      const [, id, name] = /^(\d+) (.+)$/.exec(line) ?? [];
      return id === undefined || name === undefined ? [] : [{ id: Number(id), name }];
    });
  } catch {
    return [];
  }
}

/** The running kernel. On other systems than Linux everything is simply absent. */
export const hostTarget = (): Target => makeTarget(hostTargetData());
