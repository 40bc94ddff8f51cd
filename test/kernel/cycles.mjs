/**
 * node cycles.mjs TSBT BPFCOUNT WORKLOADS [N]: starts the loader N times on scripts compiled once, and ends it: every third
 * time with SIGKILL, at another moment each time. Prints what the kernel holds more of afterwards; nothing, if all is well.
 * Without N it is a thousand; under emulation and where nothing can be counted fewer; TSBT_TEST_CYCLES says otherwise.
 *
 * Ending waits for grace periods of the kernel more than it works, so several loaders are under way at a time.
 */
import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const isShared = process.env.TSBT_TEST_SHARED_KERNEL === "1";
const usual = isShared ? "40" : process.env.TSBT_TEST_VM === "1" ? "24" : "1000";
const [tsbt, bpfcount, workloads, count = process.env.TSBT_TEST_CYCLES ?? usual] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "tsbt-cycles-"));
const underWay = 12;
const tracefs = "/sys/kernel/tracing";

const hasKprobes = existsSync("/sys/bus/event_source/devices/kprobe");

/** Cheap to start: a few hundredths of a second of CPU time. One for each way to attach that this kernel has. */
const light = `begin { @a = 1 } tracepoint:sched:sched_process_exec { @s[args.pid] = count(); }
tracepoint:syscalls:sys_enter_sync* { @y[probe] = count(); } rawtracepoint:sched_process_fork { @r = count(); }
profile:hz:99 { @p[pid] = count(); } software:faults:1000 { @f = count(); }
uprobe:${workloads}/stacks:middle { @u = count(); } uretprobe:${workloads}/stacks:middle { @u = count(); }
usdt:${workloads}/stacks:leaf { @l = count(); } self:signal:SIGUSR1 { @g = 1; }
${hasKprobes ? "kprobe:vfs_fsync { @k = count(); } kretprobe:vfs_fsync { @k = count(); } kprobe:ksys_sync* { @k = count(); } fentry:vfs_fsync { @k = count(); }" : ""}
interval:ms:30 { exit(); } end { clear(@s); }`;

/** Besides, what is busy as soon as it is attached, and the watch over all processes that stacks of users need. */
const heavy = `${light} tracepoint:sched:sched_switch { @w[args.prev_pid] = count(); } rawtracepoint:sys_enter { @e = count(); }
profile:hz:49 { @t[ustack(2)] = count(); }`;
const heavyEvery = 20;

/** What is there: programs, links and maps of BPF, what is pinned, probes by name and instances in tracefs. */
function held() {
  // Others trace on this kernel, too: what they load comes and goes.
  if (isShared) return "";
  const names = ["uprobe_events", "kprobe_events", "dynamic_events"].map((name) => {
    try {
      return readFileSync(join(tracefs, name), "utf8").split("\n").length;
    } catch {
      return 0;
    }
  });
  const filesIn = (path) => (existsSync(path) ? readdirSync(path, { recursive: true }).length : 0);
  const files = [filesIn("/sys/fs/bpf"), filesIn(join(tracefs, "instances"))];
  const objects = spawnSync(bpfcount, { encoding: "utf8" }).stdout.trim();
  return `${objects}, named probes ${names.join(" ")}, pinned ${files[0]}, in instances of tracefs ${files[1]}`;
}

/** Programs are freed a grace period after their last user is gone. */
async function settle(wanted) {
  for (let tries = 0; tries < 100 && held() !== wanted; tries++)
    await new Promise((done) => setTimeout(done, 100));
  return held();
}

function run(file, killAfter) {
  return new Promise((resolve) => {
    const child = spawn(tsbt, ["--run-compiled", file], { stdio: "ignore" });
    const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfter);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve(signal ?? code);
    });
  });
}

function compile(name, script) {
  const file = join(folder, name);
  const out = openSync(file, "w");
  const compiler = join(tsbt, "../../dist/tsbt.cjs");
  const made = spawnSync(process.execPath, [compiler, "-q", "-e", script], {
    env: { ...process.env, TSBT_OBJECT_FD: "3" },
    stdio: ["ignore", "inherit", "inherit", out],
  });
  closeSync(out);
  if (made.status !== 0) throw new Error("the script does not compile");
  return file;
}

const files = { light: compile("light", light), heavy: compile("heavy", heavy) };
const before = held();
const descriptors = readdirSync("/proc/self/fd").length;
let [begun, ended, killed] = [0, 0, 0];

async function cycle() {
  while (begun < Number(count)) {
    const i = begun++;
    const file = i % heavyEvery === 0 ? files.heavy : files.light;
    const result = await run(file, i % 3 === 2 ? (i * 7) % 190 : undefined);
    if (result === 0) ended++;
    else if (result === "SIGKILL") killed++;
    else throw new Error(`run ${i} ended with ${result}`);
  }
}
await Promise.all(Array.from({ length: underWay }, cycle));

const after = await settle(before);
rmSync(folder, { recursive: true });
console.log(
  after === before && readdirSync("/proc/self/fd").length === descriptors
    ? "nothing left"
    : `${before} -> ${after}`,
);
if (ended === 0 || killed === 0) console.log(`${ended} ended by themselves, ${killed} were killed`);
