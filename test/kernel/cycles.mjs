/**
 * node cycles.mjs TSBT BPFCOUNT WORKLOADS [N]: compiles a script with every cheap kind of probe once, then starts the loader
 * N times (21) and ends it: every third time with SIGKILL, at another moment each time. Prints what the kernel holds more
 * of afterwards; nothing, if all is well.
 */
import { spawn, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [tsbt, bpfcount, workloads, count = process.env.TSBT_TEST_CYCLES ?? "21"] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "tsbt-cycles-"));
const script = `begin { @a = 1 } tracepoint:sched:sched_switch { @s[args.prev_pid] = count(); }
rawtracepoint:sys_enter { @r = count(); } profile:hz:99 { @p[ustack(2)] = count(); } software:faults:1000 { @f = count(); }
uprobe:${workloads}/stacks:middle { @u = count(); } usdt:${workloads}/stacks:leaf { @l = count(); }
interval:ms:30 { exit(); } end { clear(@s); }`;

/** What is there: programs and links of BPF, probes by name in tracefs, and files of BPF pinned. */
function held() {
  // Others trace on this kernel, too: what they load comes and goes.
  if (process.env.TSBT_TEST_SHARED_KERNEL === "1") return "";
  const names = ["uprobe_events", "kprobe_events"].map((name) => {
    try {
      return readFileSync(`/sys/kernel/tracing/${name}`, "utf8").split("\n").length;
    } catch {
      return 0;
    }
  });
  return `${spawnSync(bpfcount, { encoding: "utf8" }).stdout.trim()}, named probes ${names.join(" ")}`;
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

const file = join(folder, "message");
const out = openSync(file, "w");
const compiler = join(tsbt, "../../dist/tsbt.cjs");
const made = spawnSync(process.execPath, [compiler, "-q", "-e", script], {
  env: { ...process.env, TSBT_OBJECT_FD: "3" },
  stdio: ["ignore", "inherit", "inherit", out],
});
closeSync(out);
if (made.status !== 0) throw new Error("the script does not compile");
const before = held();
const descriptors = readdirSync("/proc/self/fd").length;
let [ended, killed] = [0, 0];
for (let i = 0; i < Number(count); i++) {
  const result = await run(file, i % 3 === 2 ? (i * 7) % 90 : undefined);
  if (result === 0) ended++;
  else if (result === "SIGKILL") killed++;
  else throw new Error(`run ${i} ended with ${result}`);
}
const after = await settle(before);
rmSync(folder, { recursive: true });
console.log(
  after === before && readdirSync("/proc/self/fd").length === descriptors
    ? "nothing left"
    : `${before} -> ${after}`,
);
if (ended === 0 || killed === 0) console.log(`${ended} ended by themselves, ${killed} were killed`);
