/**
 * Runs things on kernels of Debian's in QEMU virtual machines.
 *
 *   node src/dev/vm.mjs [options] [word...]           the kernel tests meant for it, on each kernel
 *   node src/dev/vm.mjs [options] --run 'command'     a shell command, in the checkout's folder
 *
 *   --kernel 6.1       only this series (may be repeated; default 6.12 and 6.1). 6.12-arm64 is of another
 *                      architecture, which a run has one of
 *   --with PATH        take this file or folder along, programs with their libraries (may be repeated)
 *   --module NAME      a module of the kernel to have at hand for modprobe (may be repeated)
 *   --minutes N        give up after so long (45)
 *
 *   TSBT_VM_CACHE=folder of kernels and archives (build/vm)    TSBT_NO_APT=1  install nothing
 *   TSBT_VM_MEMORY=3072  MiB
 *
 * What the machine has is told in docs/testing.md.
 */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { compileForArm64, installCrossTools, sysrootOf } from "./vm/arm64.mjs";
import { architectureOf, kernelOf } from "./vm/kernel.mjs";
import { accelerator } from "./vm/machine.mjs";
import { installPrograms } from "./vm/packages.mjs";
import { runOnce } from "./vm/session.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const cache = process.env.TSBT_VM_CACHE ?? join(root, "build/vm");

const say = (text) => process.stdout.write(`vm: ${text}\n`);

function fail(reason) {
  process.stdout.write(`vm: ${reason}\n0 passed, 1 failed, 0 skipped\n`);
  process.exit(1);
}

if (process.arch !== "x64") {
  process.stdout.write("skipped: vm: the virtual machine is an x86-64 one\n0 passed, 0 failed, 1 skipped\n");
  process.exit(0);
}
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kernel: { type: "string", multiple: true },
    with: { type: "string", multiple: true },
    module: { type: "string", multiple: true },
    minutes: { type: "string" },
    run: { type: "string" },
  },
});
const environment = {
  TSBT_TEST_SLOWNESS: String(accelerator().slowness),
  TSBT_TEST_VM: "1",
  TSBT_TEST_MUST_HAVE: "bpf btf kprobe uprobe fentry shell smp disk vda",
  TSBT_TEST_TELL: process.env.TSBT_TEST_TELL ?? "",
  TSBT_TEST_SILENT: process.env.TSBT_TEST_SILENT ?? "",
};
const options = {
  environment,
  extra: values.with ?? [],
  modules: values.module ?? [],
  minutes: Number(values.minutes ?? 45),
  loader: "dist/tsbt",
};
const seriesList = values.kernel ?? ["6.12", "6.1"];
const isArm64 = seriesList.every((series) => architectureOf(series) === "arm64");
if (!isArm64 && seriesList.some((series) => architectureOf(series) === "arm64"))
  fail("machines of one architecture at a time");
mkdirSync(cache, { recursive: true });

/** Its loader and workloads stand in for those of this machine, outside where tests are compiled and inside. */
function prepareArm64() {
  installCrossTools();
  const { loader, workloads } = compileForArm64(root, sysrootOf(cache, say));
  options.loader = loader;
  process.env.TSBT_TEST_WORKLOADS = workloads;
  Object.assign(environment, { TSBT_TEST_WORKLOADS: workloads, TSBT_TEST_COMPILED_ONLY: "1" });
}
for (const file of ["dist/tsbt", "dist/tsbt.cjs"]) {
  if (!existsSync(join(root, file))) fail(`${file} is missing: run npm install first`);
}
try {
  installPrograms(say);
  if (isArm64) prepareArm64();
  // After the tests' folder of workloads is decided.
  const { prepareTests } = await import("./vm/tests.mjs");
  const kernels = seriesList.map((series) => kernelOf(series, cache, say));
  if (values.run !== undefined) {
    for (const kernel of kernels) {
      const print = (line) => process.stdout.write(`${line}\n`);
      const code = await runOnce(kernel, cache, { ...options, command: values.run }, print);
      if (code === undefined) say("the machine died");
      process.exitCode ||= code ?? 1;
    }
  } else {
    if (!isArm64 && !existsSync(join(root, "build/workloads/bpfcount")))
      fail("the workloads are missing: run the e2e step first");
    const total = { passed: 0, failed: 0, skipped: 0 };
    const ready = [];
    for (const kernel of kernels) {
      const sign = kernels.length === 1 ? "" : `[${kernel.series}] `;
      const print = (line) => process.stdout.write(`${sign}${line}\n`);
      ready.push({ kernel, run: await prepareTests(kernel, cache, options, positionals, say, print) });
    }
    // Together: each waits for its own clock about half of the time.
    const run = async ({ kernel, run }) => {
      const counts = await run();
      say(`${kernel.release}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
      for (const key of Object.keys(total)) total[key] += counts[key];
    };
    await Promise.all(ready.map(run));
    process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
    process.exitCode = total.failed === 0 ? 0 : 1;
  }
} catch (error) {
  fail(error.message);
}
