/** One command in one machine: the archives it boots from, and what comes back. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileForArm64, sysrootOf } from "./arm64.mjs";
import {
  checkoutArchive,
  foreignProgramsArchive,
  modulesArchive,
  programsArchive,
  standardModules,
} from "./image.mjs";
import { boot } from "./machine.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");

/** `MODULES` lines of the tests: what they will ask modprobe for. */
export function modulesOfTests() {
  const folder = join(root, "test/kernel");
  const names = readdirSync(folder)
    .filter((name) => name.endsWith(".test"))
    .flatMap((name) => [...readFileSync(join(folder, name), "utf8").matchAll(/^MODULES\s+(.*)$/gm)])
    .flatMap((match) => match[1].split(/\s+/));
  return [...new Set(names)].sort();
}

function programsFor(kernel, cache) {
  if (kernel.arch === process.arch) return programsArchive(cache, root);
  const sysroot = sysrootOf(cache, () => {});
  return foreignProgramsArchive(cache, sysroot, compileForArm64(root, sysroot).loader);
}

function archivesFor(kernel, cache, options, work) {
  const checkout = join(work, "checkout.cpio");
  checkoutArchive(checkout, root, { ...options, arch: kernel.arch });
  const names = new Set([...standardModules, ...modulesOfTests(), ...options.modules]);
  return [programsFor(kernel, cache), modulesArchive(cache, kernel, names), checkout];
}

/**
 * Runs `options.command` on the kernel; resolves to its exit code, undefined if the machine died. What the command
 * writes to /dev/vdc is at `onOut`'s disposal before the disk is thrown away: the path of the disk's image.
 */
export async function runOnce(kernel, cache, options, onLine, onOut) {
  const work = mkdtempSync(join(tmpdir(), "tsbt-vm-"));
  try {
    const archives = archivesFor(kernel, cache, options, work);
    const { code, out } = await boot(kernel, archives, work, options.minutes, onLine);
    if (code === 0) onOut?.(out);
    return code;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
