/**
 * Runs the compiler once while the startup snapshot is made: functions that ran are in it as bytecode, those that did
 * not are parsed and compiled again in each process that needs them. A snapshot grows with what it keeps and is read
 * whole at each start, so these are few scripts, the shortest way through every stage.
 */
import { processIo } from "./cli/io.js";
import { main } from "./main.js";

const scripts = [
  'BEGIN { printf("hi %d\\n", 1); exit(); }',
  "tracepoint:raw_syscalls:sys_enter { @[comm, pid] = count(); @h = hist(args.id); }",
  'tracepoint:syscalls:sys_enter_openat /pid != 0/ { @start[tid] = nsecs; printf("%s %s\\n", comm, str(args.filename)); }',
];

/**
 * Leaves no trace but bytecode: nothing is printed, written or kept of the kernel at hand. A kernel that shows nothing
 * to whoever builds only makes the snapshot less warm.
 */
export function warmUp(): void {
  const nothing = (): void => {};
  for (const script of scripts) {
    // A fresh `Io` each: it remembers the kernel it has seen.
    const io = {
      ...processIo(),
      env: {},
      color: false,
      stdout: nothing,
      stderr: nothing,
      sendToLoader: nothing,
    };
    main(["-e", script], io);
  }
}
