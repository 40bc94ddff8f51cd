/** The tracers compared: this one, and bpftrace where it is installed. Starting, watching and ending them. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../..", import.meta.url));

/** bpftrace before 0.18 knows `args->x` only. */
const olderSpelling = (text) => text.replace(/\b(args|curtask|real_parent)\./g, "$1->");

/** `TSBT_BENCH_BPFTRACE` names another bpftrace than the one in PATH. */
export function tracers() {
  const command = process.env.TSBT_BENCH_BPFTRACE ?? "bpftrace";
  const ours = { name: "tsbt", command: join(root, "dist/tsbt"), args: ["-q"], spell: (text) => text };
  const found = spawnSync(command, ["--version"], { encoding: "utf8" });
  if (found.status !== 0) return [ours];
  const version = /v(\d+\.\d+)/.exec(found.stdout)?.[1] ?? "";
  const spell = Number(version.split(".")[1]) < 18 ? olderSpelling : (text) => text;
  return [ours, { name: `bpftrace ${version}`, command, args: [], spell }];
}

/** Ids of the tracing programs a process holds, from what the kernel says of its descriptors. */
export function programsOf(pid) {
  const folder = `/proc/${pid}/fdinfo`;
  const ids = new Set();
  try {
    for (const fd of readdirSync(folder)) {
      const id = /^prog_id:\s*(\d+)$/m.exec(readFileSync(`${folder}/${fd}`, "utf8"))?.[1];
      if (id !== undefined) ids.add(Number(id));
    }
  } catch {
    // It ended, or closed a descriptor while we looked.
  }
  return [...ids];
}

/** Instructions of a program after verification; 0 for those with which libbpf tries out the kernel. */
export function sizeOf(id) {
  const found = spawnSync("bpftool", ["prog", "show", "id", String(id), "-j"], { encoding: "utf8" });
  if (found.status !== 0) return 0;
  const { type, bytes_xlated: bytes } = JSON.parse(found.stdout);
  return /tracepoint|tracing/.test(type) && bytes > 16 ? bytes / 8 : 0;
}

/** Runs `use(pid, sizes)` while the tracer traces; undefined if it never got there. */
export async function whileTracing(tracer, text, use, more = []) {
  const wanted = text.match(/tracepoint:/g)?.length ?? 0;
  return whileLoaded(tracer.command, [...tracer.args, ...more, "-e", tracer.spell(text)], wanted, use);
}

/** The same for a script in a file, whose number of programs is not known: when no more come for half a second. */
export async function whileRunning(tracer, path, use) {
  return whileLoaded(tracer.command, [...tracer.args, path], undefined, use);
}

async function whileLoaded(command, args, wanted, use) {
  const child = spawn(command, args, { stdio: "ignore" });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  try {
    let before = 0;
    let same = 0;
    for (let waited = 0; waited < 600 && child.exitCode === null; waited++) {
      await sleep(50);
      const sizes = programsOf(child.pid)
        .map(sizeOf)
        .filter((size) => size > 0);
      same = sizes.length === before ? same + 1 : 0;
      before = sizes.length;
      if (wanted === undefined ? sizes.length === 0 || same < 10 : sizes.length < wanted) continue;
      // Loaded is not yet attached.
      await sleep(500);
      return await use(child.pid, sizes);
    }
    return undefined;
  } finally {
    // bpftrace misses the signal if it comes between attaching and its first wait.
    const again = setInterval(() => child.kill("SIGINT"), 1000);
    child.kill("SIGINT");
    await ended;
    clearInterval(again);
  }
}

/** Wall and CPU time of a whole process, milliseconds. */
export function timed(command, args) {
  const script = `TIMEFORMAT='%R %U %S'; time "$@" >/dev/null 2>&1`;
  const { stderr } = spawnSync("bash", ["-c", script, "bash", command, ...args], { encoding: "utf8" });
  const [wall = 0, user = 0, system = 0] = stderr.trim().split(" ").map(Number);
  return { wall: wall * 1000, cpu: (user + system) * 1000 };
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function workload(name) {
  execFileSync("make", ["-s", "-C", join(root, "test/workloads")]);
  return join(root, "build/workloads", name);
}

export function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |\n`;
  return line(head) + line(head.map(() => "---")) + rows.map(line).join("");
}
