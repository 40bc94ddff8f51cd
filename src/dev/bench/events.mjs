/** What an event costs the traced process, and how many printed events arrive. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { table, tracers, whileTracing, workload } from "./tracers.mjs";

const scripts = ["@ = count();", "@[comm] = count();", "@[pid, args.id] = count();", "@ = hist(args.id);"];

/** Nanoseconds a system call takes longer while traced: the best of the rounds, since noise only adds. */
export async function events(calls, rounds) {
  const all = tracers();
  const pinned = workload("pinned");
  const perCall = () => Number(execFileSync(pinned, [String(calls)], { encoding: "utf8" }));
  const best = new Map();
  const note = (key, value) => {
    if (value !== undefined) best.set(key, Math.min(best.get(key) ?? Number.POSITIVE_INFINITY, value));
  };
  for (let round = 0; round < rounds; round++) {
    note("none", perCall());
    for (const script of scripts) {
      for (const tracer of all) {
        const text = `tracepoint:raw_syscalls:sys_enter { ${script} }`;
        note(`${tracer.name} ${script}`, await whileTracing(tracer, text, perCall));
      }
    }
  }
  const bare = best.get("none") ?? 0;
  const rows = scripts.map((script) => [
    `\`${script}\``,
    ...all.map(({ name }) => {
      const traced = best.get(`${name} ${script}`);
      return traced === undefined ? "-" : (traced - bare).toFixed(0);
    }),
  ]);
  return `${table(["ns added to a system call", ...all.map(({ name }) => name)], rows)}\nAn untraced call took ${bare.toFixed(0)} ns.\n`;
}

/** Number of getppid(2), by Node's name of the machine. */
const getppid = { x64: 110, arm64: 173 }[process.arch];

/** A known number of events printed to a file: offered = lines + lost, or the account is wrong. */
export function printing(calls) {
  const pinned = workload("pinned");
  const offered = calls + Math.floor(calls / 10);
  const rows = tracers().map((tracer) => {
    const folder = mkdtempSync(join(tmpdir(), "tsbt-bench-"));
    try {
      const file = join(folder, "events");
      const text = `tracepoint:raw_syscalls:sys_enter /args.id == ${getppid} && pid == cpid/ { printf("%d %s\\n", pid, comm); }`;
      const args = [...tracer.args, "-o", file, "-c", `${pinned} ${calls}`, "-e", tracer.spell(text)];
      const run = spawnSync(tracer.command, args, { encoding: "utf8", maxBuffer: 1 << 28 });
      const output = readFileSync(file, "utf8");
      const lines = output.match(/^\d+ pinned$/gm)?.length ?? 0;
      const reports = `${output}\n${run.stderr}`.matchAll(/^Lost (\d+) events$/gm);
      const lost = [...reports].reduce((sum, [, count]) => sum + Number(count), 0);
      const perEvent = /^\d+\.\d$/m.exec(run.stdout)?.[0] ?? "-";
      return [tracer.name, offered, lines, lost, offered - lines - lost, perEvent];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
  return table(["", "offered", "lines", "reported lost", "unaccounted", "ns per traced call"], rows);
}
