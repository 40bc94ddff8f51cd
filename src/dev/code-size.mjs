/**
 * Instructions after verification (`xlated`: what the kernel keeps, helpers it inlines included) of typical scripts,
 * ours and bpftrace's where it is installed. Needs root and bpftool. `npm run bench -- code` writes docs/codegen.md.
 */
import { execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * `newest`: xlated instructions of bpftrace 0.26 (its master of 2026-08 with LLVM 19), measured once on a 6.18 kernel
 * with this very script; absent where that was not done.
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

/** Ids of the BPF programs a process holds, from what the kernel says of its descriptors. */
function programsOf(pid) {
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

function sizeOf(id) {
  const text = execFileSync("bpftool", ["prog", "show", "id", String(id), "-j"], { encoding: "utf8" });
  const { type, bytes_xlated: bytes } = JSON.parse(text);
  // libbpf tries out what the kernel can do with small programs of other types.
  return /tracepoint|tracing/.test(type) ? bytes / 8 : 0;
}

/** Starts a tracer on the script, adds up the programs it loaded, and ends it. Undefined: it did not get there. */
export async function instructions(command, args, text) {
  const wanted = text.match(/tracepoint:/g)?.length ?? 0;
  const child = spawn(command, [...args, "-e", text], { stdio: "ignore" });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  try {
    for (let waited = 0; waited < 600 && child.exitCode === null; waited++) {
      await sleep(50);
      const sizes = programsOf(child.pid)
        .map(sizeOf)
        .filter((size) => size > 2);
      if (sizes.length >= wanted) return sizes.reduce((sum, size) => sum + size, 0);
    }
    return undefined;
  } finally {
    child.kill("SIGINT");
    await ended;
  }
}
