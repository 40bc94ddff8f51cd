/**
 * Runs things on kernels of Debian's in QEMU virtual machines.
 *
 *   node src/dev/vm.mjs [options] [word...]           the kernel tests meant for it, on each kernel
 *   node src/dev/vm.mjs [options] --run 'command'     a shell command, in the checkout's folder
 *
 *   --kernel 6.1       only this series (may be repeated; default 6.12 and 6.1)
 *   --with PATH        take this file or folder along, programs with their libraries (may be repeated)
 *   --module NAME      a module of the kernel to have at hand for modprobe (may be repeated)
 *   --minutes N        give up after so long (25)
 *
 *   TSBT_VM_CACHE=folder of kernels and archives (build/vm)    TSBT_NO_APT=1  install nothing
 *   TSBT_VM_MEMORY=3072  MiB
 *
 * What the machine has is told in docs/testing.md.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { checkoutArchive, modulesArchive, programsArchive, standardModules } from "./vm/image.mjs";
import { kernelOf } from "./vm/kernel.mjs";
import { accelerator, boot } from "./vm/machine.mjs";
import { installPrograms } from "./vm/packages.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const cache = process.env.TSBT_VM_CACHE ?? join(root, "build/vm");
/** Emulation breaks down now and then (docs/testing.md): a machine that dies is started again, where it was. */
const greatestTries = 4;

const say = (text) => process.stdout.write(`vm: ${text}\n`);

function fail(reason) {
  process.stdout.write(`vm: ${reason}\n0 passed, 1 failed, 0 skipped\n`);
  process.exit(1);
}

/** `MODULES` lines of the tests: what they will ask modprobe for. */
function modulesOfTests() {
  const folder = join(root, "test/kernel");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".test"))
    .flatMap((name) => [...readFileSync(join(folder, name), "utf8").matchAll(/^MODULES\s+(.*)$/gm)])
    .flatMap((match) => match[1].split(/\s+/));
}

function archivesFor(kernel, options, work) {
  const checkout = join(work, "checkout.cpio");
  checkoutArchive(checkout, root, options);
  const names = new Set([...standardModules, ...modulesOfTests(), ...options.modules]);
  return [programsArchive(cache, root), modulesArchive(cache, kernel, names), checkout];
}

/** One command on one kernel; its exit code, undefined if the machine died. */
async function runOnce(kernel, options, onLine) {
  const work = mkdtempSync(join(tmpdir(), "tsbt-vm-"));
  try {
    return await boot(kernel, archivesFor(kernel, options, work), work, options.minutes, onLine);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The tests on one kernel: counts. A machine that died is started again with the tests it had not come to. */
async function runTests(kernel, options, words) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  const done = [];
  let begun;
  const onLine = (line) => {
    const begins = /^vm-test-begin (.*)$/.exec(line);
    const ends = /^vm-test-end (passed|failed|skipped)$/.exec(line);
    if (begins) begun = begins[1];
    else if (ends) {
      total[ends[1]]++;
      done.push(begun);
      begun = undefined;
    } else if (!/^\d+ passed, \d+ failed, \d+ skipped$/.test(line)) process.stdout.write(`${line}\n`);
  };
  const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  const deaths = new Map();
  for (let tries = 1; ; tries++) {
    const files = { "/vm/done": done.map((label) => `${label}\n`).join("") };
    const command = `TSBT_TEST_DONE=/vm/done node src/dev/e2e.mjs ${quoted}`;
    const code = await runOnce(kernel, { ...options, command, files }, onLine);
    if (code !== undefined) {
      if (code !== 0 && total.failed === 0) total.failed++;
      return total;
    }
    say(`the machine died${begun === undefined ? "" : ` in '${begun}'`}`);
    if (begun !== undefined) {
      deaths.set(begun, (deaths.get(begun) ?? 0) + 1);
      // Twice the same: it is the test, not the emulation.
      if (deaths.get(begun) > 1) {
        say(`FAILED: ${begun}: the machine died twice in it`);
        total.failed++;
        done.push(begun);
      }
    }
    begun = undefined;
    if (tries === greatestTries) {
      total.failed++;
      return total;
    }
  }
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
  TSBT_TEST_MUST_HAVE: "bpf btf kprobe uprobe fentry shell smp",
};
const options = {
  environment,
  extra: values.with ?? [],
  modules: values.module ?? [],
  minutes: Number(values.minutes ?? 25),
};
mkdirSync(cache, { recursive: true });
for (const file of ["dist/tsbt", "dist/tsbt.cjs"]) {
  if (!existsSync(join(root, file))) fail(`${file} is missing: run npm install first`);
}
try {
  installPrograms(say);
  const kernels = (values.kernel ?? ["6.12", "6.1"]).map((series) => kernelOf(series, cache, say));
  if (values.run !== undefined) {
    for (const kernel of kernels) {
      const print = (line) => process.stdout.write(`${line}\n`);
      const code = await runOnce(kernel, { ...options, command: values.run }, print);
      if (code === undefined) say("the machine died");
      process.exitCode ||= code ?? 1;
    }
  } else {
    if (!existsSync(join(root, "build/workloads/bpfcount")))
      fail("the workloads are missing: run the e2e step first");
    const total = { passed: 0, failed: 0, skipped: 0 };
    for (const kernel of kernels) {
      const counts = await runTests(kernel, options, positionals);
      say(`${kernel.release}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
      for (const key of Object.keys(total)) total[key] += counts[key];
    }
    process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
    process.exitCode = total.failed === 0 ? 0 : 1;
  }
} catch (error) {
  fail(error.message);
}
