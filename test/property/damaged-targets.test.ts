/**
 * Kernels that are cut, flipped and forged: BTF, tracepoint formats and lists of functions, as a saved profile holds them.
 * A script is compiled for such a kernel or told why not.
 */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scanBtf } from "../../src/btf/scan.js";
import { loadProfile, profileData } from "../../src/target/profile.js";
import { makeTarget, type TargetData } from "../../src/target/target-data.js";
import { trimTarget } from "../../src/target/trim.js";
import { stubBinaries } from "../unit/check/stub-binaries.js";
import { anyDamage, damaged, type Region } from "./damage/damage.js";
import { judge, TIMEOUT, trials, within } from "./damage/judge.js";

const file = readFileSync(new URL("../../tools/linux-6.12.profile", import.meta.url));

function soundKernel(): TargetData {
  const data = profileData(file);
  if (!data.ok) throw new Error(data.error);
  return data.value;
}
const kernel = soundKernel();

const scripts = [
  "interval:s:1 { print((curtask.comm, curtask.real_parent.tgid, curtask.group_leader.pid)); }",
  "interval:s:1 { $t = *curtask.real_parent; @[$t.comm] = $t.pid; }",
  "tracepoint:sched:sched_switch { @[args.prev_comm, args.prev_state] = hist(args.prev_prio); }",
  "tracepoint:syscalls:sys_enter_openat { print((str(args.filename), args.flags)); print(args); }",
  "rawtracepoint:vmlinux:sched_switch { print((args.prev.pid, args.next.comm, args.preempt)); }",
  "rawtracepoint:block_rq_issue { print((args.rq.__sector, args.rq.q.disk.disk_name)); }",
  "kprobe:tcp_sendmsg { print(((struct sock *)arg0).__sk_common.skc_dport); }",
  "interval:s:1 { print((sizeof(struct task_struct), offsetof(struct task_struct, comm))); }",
  "interval:s:1 { for ($i : 0..3) { @[$i] = ((struct file *)curtask.files.fdt.fd[$i]).f_inode.i_ino; } }",
];

describe("BTF", () => {
  const { target, result } = trimTarget(kernel, () => true);
  for (const script of scripts) judge(script, target, stubBinaries);
  const btf = Buffer.from(result().btf() ?? []);
  const [typesAt, stringsAt] = [24 + btf.readUInt32LE(8), 24 + btf.readUInt32LE(16)];
  const scan = scanBtf(btf);
  if (!scan.ok) throw new Error(scan.error);
  const { words, starts, count } = scan.value;

  test("scripts are compiled for damaged ones or told why not", { timeout: TIMEOUT }, () => {
    fc.assert(
      fc.property(anyDamage(8), fc.constantFrom(...scripts), (wounds, script) => {
        const regions: Region[] = [
          [0, 24],
          [typesAt, stringsAt],
          [stringsAt, btf.length],
        ];
        const bytes = damaged(btf, regions, wounds);
        judge(script, makeTarget({ ...result(), btf: () => bytes }), stubBinaries);
      }),
      trials(20),
    );
  });

  // What a record says may be wrong in any way where it begins and ends as it should.
  const forgery = fc.record({
    record: fc.nat({ max: count - 1 }),
    word: fc.nat(),
    value: fc.oneof(fc.nat({ max: count + 1 }), fc.integer({ min: 0, max: 0xffff_ffff })),
  });
  test("scripts are compiled for forged ones or told why not", { timeout: TIMEOUT }, () => {
    fc.assert(
      fc.property(
        fc.array(forgery, { maxLength: 100, size: "max" }),
        fc.constantFrom(...scripts),
        (forgeries, script) => {
          const bytes = Buffer.from(btf);
          for (const { record, word, value } of forgeries) {
            const start = starts[record] ?? 0;
            const at = start + (word % ((starts[record + 1] || words.length) - start));
            if (at !== start + 1) bytes.writeUInt32LE(value, typesAt + at * 4);
          }
          judge(script, makeTarget({ ...result(), btf: () => bytes }), stubBinaries);
        },
      ),
      trials(60),
    );
  });
});

describe("tracepoint formats", () => {
  const names = ["sched:sched_switch", "syscalls:sys_enter_openat", "block:block_rq_issue"];

  test("scripts are compiled or told why not", { timeout: TIMEOUT }, () => {
    fc.assert(
      fc.property(anyDamage(8), fc.constantFrom(...names), (wounds, name) => {
        const [category = "", event = ""] = name.split(":");
        const sound = Buffer.from(kernel.tracepointFormat(category, event) ?? "");
        expect(sound.length).toBeGreaterThan(0);
        const text = damaged(sound, [[0, sound.length]], wounds).toString("utf8");
        const target = makeTarget({ ...kernel, tracepointFormat: () => text });
        judge(
          `tracepoint:${name} { print(args); @[args.next_comm] = args.prev_state; }`,
          target,
          stubBinaries,
        );
        judge(`tracepoint:${name} { @[probe] = count(); }`, target, stubBinaries);
      }),
      trials(60),
    );
  });
});

describe("profiles", () => {
  test("a damaged file is refused, or is a kernel", { timeout: TIMEOUT }, () => {
    fc.assert(
      fc.property(anyDamage(8), (wounds) => {
        const loaded = within(() => loadProfile(damaged(file, [[0, file.length]], wounds)));
        if (loaded.ok) judge(scripts[0] ?? "", loaded.value, stubBinaries);
      }),
      trials(20),
    );
  });
});
