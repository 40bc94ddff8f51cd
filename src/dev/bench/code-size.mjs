/**
 * Instructions after verification (`xlated`: what the kernel keeps, helpers it inlines included) of typical scripts,
 * ours and bpftrace's where it is installed. Needs root and bpftool.
 */
import { table, tracers, whileTracing } from "./tracers.mjs";

/**
 * `newest`: instructions of bpftrace 0.26 (its master of 2026-08 with LLVM 19), counted once on Linux 6.18; absent where
 * that was not done.
 */
export const typicalScripts = [
  { name: "count", text: "tracepoint:raw_syscalls:sys_enter { @ = count(); }", newest: 60 },
  { name: "count by command", text: "tracepoint:raw_syscalls:sys_enter { @[comm] = count(); }", newest: 96 },
  {
    name: "count by process and call",
    text: "tracepoint:raw_syscalls:sys_enter { @[pid, args.id] = count(); }",
    newest: 66,
  },
  { name: "histogram", text: "tracepoint:raw_syscalls:sys_enter { @ = hist(args.id); }", newest: 101 },
  {
    name: "latency of calls",
    text: "tracepoint:raw_syscalls:sys_enter { @s[tid] = nsecs; } tracepoint:raw_syscalls:sys_exit { @ns = hist(nsecs - @s[tid]); delete(@s[tid]); }",
    newest: 182,
  },
  {
    name: "print each call",
    text: 'tracepoint:raw_syscalls:sys_enter { printf("%d %s\\n", pid, comm); }',
    newest: 78,
  },
  {
    name: "opened files",
    text: 'tracepoint:syscalls:sys_enter_openat { printf("%-6d %-16s %s\\n", pid, comm, str(args.filename)); }',
  },
  {
    name: "bytes read by command",
    text: "tracepoint:syscalls:sys_exit_read /args.ret > 0/ { @[comm] = sum(args.ret); @sizes = lhist(args.ret, 0, 4096, 256); }",
  },
  {
    name: "one command's signals",
    text: 'tracepoint:signal:signal_generate /comm == "bash"/ { @[args.sig, str(args.comm)] = count(); }',
  },
  {
    name: "switches with the parent",
    text: "tracepoint:sched:sched_switch { @[curtask.real_parent.tgid] = count(); @last[args.next_pid] = nsecs; }",
  },
];

export async function codeSize() {
  const all = tracers();
  const rows = [];
  const shares = [];
  for (const { name, text, newest } of typicalScripts) {
    const counts = [];
    for (const tracer of all) {
      const count = await whileTracing(tracer, text, (_, sizes) =>
        sizes.reduce((sum, size) => sum + size, 0),
      );
      counts.push(count);
    }
    if (newest !== undefined && counts[0] !== undefined) shares.push(counts[0] / newest);
    rows.push([name, ...counts.map((count) => count ?? "-"), newest ?? "-"]);
  }
  const share = Math.round((100 * shares.reduce((sum, each) => sum + each, 0)) / shares.length);
  const scripts = typicalScripts.map(({ name, text }) => `- ${name}: \`${text}\`\n`).join("");
  const head = ["script", ...all.map(({ name }) => name), "bpftrace 0.26"];
  return `${table(head, rows)}\nOf bpftrace 0.26, where it was measured: ${share} % on average.\n\nThe scripts:\n\n${scripts}`;
}
