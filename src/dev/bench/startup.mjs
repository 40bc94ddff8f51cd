/** From Enter to the end of a short script: whole processes, medians; memory while tracing; size on disk. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { median, root, table, timed, tracers, whileTracing } from "./tracers.mjs";

const oneLiner = "tracepoint:raw_syscalls:sys_enter { @[comm] = count(); }";
const cases = [
  ["say hi and exit", 'BEGIN { printf("hi\\n"); exit(); }'],
  ["attach, trace 1 ms, detach", `${oneLiner} interval:ms:1 { exit(); }`],
];

/** Rounds take turns, so that a busy moment of the machine falls on all alike. */
export function startup(rounds) {
  const all = tracers();
  const rows = cases.map(([name, text]) => {
    const times = all.map(() => []);
    for (let round = 0; round < rounds; round++) {
      all.forEach((tracer, i) => {
        times[i].push(timed(tracer.command, [...tracer.args, "-e", tracer.spell(text)]));
      });
    }
    return [
      name,
      ...times.map((list) => {
        const [wall, cpu] = [median(list.map((t) => t.wall)), median(list.map((t) => t.cpu))];
        return `${wall.toFixed(0)} / ${cpu.toFixed(0)}`;
      }),
    ];
  });
  return table(["wall / CPU, ms", ...all.map(({ name }) => name)], rows);
}

function familyOf(pid) {
  const children = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/status`, "utf8").includes(`\nPPid:\t${pid}\n`);
      } catch {
        return false;
      }
    });
  return [pid, ...children.flatMap((child) => familyOf(Number(child)))];
}

function residentKib(pid) {
  try {
    return Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

export async function memory() {
  const all = tracers();
  const cells = [];
  for (const tracer of all) {
    const kib = await whileTracing(tracer, oneLiner, (pid) =>
      familyOf(pid).reduce((sum, each) => sum + residentKib(each), 0),
    );
    cells.push(kib === undefined ? "-" : (kib / 1024).toFixed(1));
  }
  const size = (statSync(join(root, "dist/tsbt")).size / 1024).toFixed(0);
  return `${table(["", ...all.map(({ name }) => name)], [["resident while tracing, MiB", ...cells]])}\nThe loader takes ${size} KiB on disk, besides the distribution's libraries.\n`;
}
