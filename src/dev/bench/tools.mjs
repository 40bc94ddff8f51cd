/** What common tools cost the program they watch, ours beside those that come with bpftrace. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { median, root, table, tracers, whileRunning, workload } from "./tracers.mjs";

/** Tool, what load.c does meanwhile, and how often. Their `vfsstat`, `tcp*` are kprobes: not on every kernel. */
const rows = [
  ["cpu/syscount", "call", 1_000_000],
  ["cpu/syscount", "read", 500_000],
  ["cpu/syscount", "connect", 5_000],
  ["filesystem/opensnoop", "open", 50_000],
  ["filesystem/statsnoop", "stat", 50_000],
  ["filesystem/syncsnoop", "sync", 50_000],
  ["kernel/killsnoop", "kill", 50_000],
  ["kernel/naptime", "nap", 10_000],
  ["cpu/execsnoop", "exec", 1_000],
  ["kernel/pidpersec", "fork", 3_000],
  ["cpu/runqlat", "switch", 100_000],
  ["security/setuids", "setuid", 50_000],
  ["disk/bitesize", "direct", 5_000],
  ["filesystem/fileslower", "read", 200_000],
  ["network/tcpconnect", "connect", 5_000],
  ["network/tcpaccept", "connect", 5_000],
  ["network/tcplife", "connect", 5_000],
];

/** bpftrace's own script of that name: in `TSBT_BENCH_BPFTRACE_TOOLS`, or where its package puts them. */
function theirs(name) {
  const named = process.env.TSBT_BENCH_BPFTRACE_TOOLS;
  const folders =
    named !== undefined
      ? [named]
      : ["/usr/sbin", "/usr/share/bpftrace/tools", "/usr/local/share/bpftrace/tools"];
  return folders.map((folder) => join(folder, `${name}.bt`)).find((path) => existsSync(path));
}

/** Nanoseconds that each tool adds to an operation: medians of `rounds`, operations times `share`. */
export async function tools(rounds, share) {
  const all = tracers();
  // A disk's file: /tmp may be memory.
  const folder = mkdtempSync("/var/tmp/tsbt-bench-");
  try {
    const file = join(folder, "file");
    writeFileSync(file, Buffer.alloc(1 << 16));
    const lines = [];
    for (const [tool, kind, count] of rows) {
      const operations = Math.ceil(count * share);
      lines.push(await measure(all, tool, [kind, String(operations), file], rounds));
    }
    const names = all.map(({ name }) => name);
    return table(
      ["tool", "operation", "bare, ns", ...names.map((name) => `${name} adds, ns`), "ratio"],
      lines,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(all, tool, args, rounds) {
  const name = tool.slice(tool.indexOf("/") + 1);
  const program = workload("load");
  const once = () => Number(execFileSync(program, args, { encoding: "utf8" }));
  const paths = all.map((_, index) => (index === 0 ? join(root, "tools", `${tool}.bt`) : theirs(name)));
  const bare = [];
  const added = all.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, tracer] of all.entries()) {
      // Right before: other work on the machine comes and goes.
      const untraced = once();
      bare.push(untraced);
      const traced = paths[index] && (await whileRunning(tracer, paths[index], once));
      if (traced === undefined) paths[index] = undefined;
      else added[index].push(traced - untraced);
    }
  }
  const [ours, other] = added.map((values) => (values.length < rounds ? undefined : certain(values)));
  const ratio = ours > 0 && other > 0 ? (ours / other).toFixed(2) : "-";
  const cells = added.map((values) => cell(values, rounds));
  process.stdout.write(`${name} ${args[0]}: ${median(bare).toFixed(0)} ${cells.join(" ")} ${ratio}\n`);
  return [name, args[0], median(bare).toFixed(0), ...cells, ratio];
}

/** The median, or undefined if it is smaller than what the rounds differ by (half of them lie within that). */
function certain(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const spread = sorted[Math.floor(sorted.length * 0.75)] - sorted[Math.floor(sorted.length * 0.25)];
  return median(values) > spread / 2 ? median(values) : undefined;
}

function cell(values, rounds) {
  if (values.length < rounds) return "does not run here";
  return certain(values)?.toFixed(0) ?? "less than noise";
}
