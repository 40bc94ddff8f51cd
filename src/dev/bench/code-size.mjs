/**
 * Instructions after verification (`xlated`: what the kernel keeps, helpers it inlines included) of typical scripts,
 * ours and bpftrace's where it is installed. Needs root and bpftool.
 */
import { table, tracers, whileTracing } from "./tracers.mjs";

/** What people write, by what it shows. */
export const typicalScripts = [
  { name: "count", text: "tracepoint:raw_syscalls:sys_enter { @ = count(); }" },
  { name: "count by command", text: "tracepoint:raw_syscalls:sys_enter { @[comm] = count(); }" },
  {
    name: "count by process and call",
    text: "tracepoint:raw_syscalls:sys_enter { @[pid, args.id] = count(); }",
  },
  { name: "histogram", text: "tracepoint:raw_syscalls:sys_enter { @ = hist(args.id); }" },
  {
    name: "latency of calls",
    text: "tracepoint:raw_syscalls:sys_enter { @s[tid] = nsecs; } tracepoint:raw_syscalls:sys_exit { @ns = hist(nsecs - @s[tid]); delete(@s[tid]); }",
  },
  {
    name: "print each call",
    text: 'tracepoint:raw_syscalls:sys_enter { printf("%d %s\\n", pid, comm); }',
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
  for (const { name, text } of typicalScripts) {
    const counts = [];
    for (const tracer of all) {
      const count = await whileTracing(tracer, text, (_, sizes) =>
        sizes.reduce((sum, size) => sum + size, 0),
      );
      counts.push(count);
    }
    const [ours, theirs] = counts;
    if (ours !== undefined && theirs !== undefined) shares.push(ours / theirs);
    rows.push([name, ...counts.map((count) => count ?? "-")]);
  }
  const share = Math.round((100 * shares.reduce((sum, each) => sum + each, 0)) / shares.length);
  const scripts = typicalScripts.map(({ name, text }) => `- ${name}: \`${text}\`\n`).join("");
  const average = shares.length > 0 ? `\nOf ${all[1].name}: ${share} % on average.\n` : "";
  return `${table(["script", ...all.map(({ name }) => name)], rows)}${average}\nThe scripts:\n\n${scripts}`;
}
