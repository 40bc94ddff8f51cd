/**
 * Compiles the kernel tests for another kernel, outside the machine that runs them: under emulation Node takes seconds
 * to start, the loader none.
 *
 * The folder it fills goes into the machine and is read there by e2e.mjs: `tests.json` has for each label what the
 * compiler printed, its exit code, the folder that stands for `{tmp}`, and the file of what is to be run, if anything is;
 * or, of a test with BUILD, `built`, a folder of what that made.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cannotCompile } from "../e2e/kernel-at-hand.mjs";
import { shell } from "../e2e/run-test.mjs";
import { commandLine, environmentOf, machineRule, one, readTests, root, usesPid } from "../e2e/test-file.mjs";
import { loadSources } from "../load-sources.mjs";

/** As /init sets it (image.mjs): programs to probe are found as the machine would find them. */
const PATH = "/usr/bin:/usr/sbin:/bin:/sbin";

/** What compiling one test comes to. Its INPUT is made here, and gone again; a fault in it is a fault of compiling. */
function compileTest(test, tmp, compile) {
  const input = one(test, "INPUT");
  if (input !== undefined) mkdirSync(tmp, { recursive: true });
  try {
    const made = input === undefined ? undefined : shell(input, tmp);
    if (made !== undefined && made.status !== 0)
      return { code: 1, stdout: "", stderr: `INPUT failed: ${made.stderr}` };
    return compile(commandLine(test, tmp), {
      env: { PATH, ...environmentOf(test, tmp) },
      toolsFolder: join(root, "tools"),
    });
  } finally {
    if (input !== undefined) rmSync(tmp, { recursive: true, force: true });
  }
}

/** What a test's BUILD makes, kept in `folder`; its failing is the compiler's. */
function buildTest(test, tmp, folder, profile) {
  mkdirSync(tmp, { recursive: true });
  try {
    const made = shell(one(test, "BUILD"), tmp, profile);
    if (made.status !== 0) return { code: 1, stdout: "", stderr: `BUILD failed: ${made.stderr}` };
    cpSync(tmp, folder, { recursive: true });
    return { built: folder };
  } finally {
    rmSync(tmp, { recursive: true, force: true });
  }
}

/** Fills `folder` for the tests that `words` choose; `folder` is also its name in the machine. */
export async function compileTests(profile, folder, words) {
  const { compilerFor } = await loadSources("src/dev/vm/compiler.ts");
  const compile = compilerFor(readFileSync(profile));
  // The front links C that scripts import.
  process.env.TSBT_FRONT = join(root, "dist/tsbt");
  mkdirSync(folder, { recursive: true });
  const entries = {};
  for (const test of readTests(words)) {
    const { rule } = machineRule(test);
    if (rule === "live" || rule === "never" || usesPid(test)) continue;
    const skipped = cannotCompile(test);
    if (skipped !== undefined) {
      entries[test.label] = { skipped };
      continue;
    }
    const tmp = `/tmp/tsbt-e2e-${test.number}`;
    if (one(test, "BUILD") !== undefined) {
      entries[test.label] = { ...buildTest(test, tmp, join(folder, `${test.number}.built`), profile), tmp };
      continue;
    }
    const { message, ...outcome } = compileTest(test, tmp, compile);
    const file = message === undefined ? undefined : join(folder, `${test.number}.run`);
    if (file !== undefined) writeFileSync(file, message);
    entries[test.label] = { ...outcome, tmp, message: file };
  }
  writeFileSync(join(folder, "tests.json"), JSON.stringify(entries));
}
