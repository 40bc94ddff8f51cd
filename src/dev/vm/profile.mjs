/**
 * Target profiles of the machines' kernels, for compiling outside. Saved once by `tsbt target save` in the machine,
 * with all modules loaded that a test asks for, and kept beside the kernels.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { modulesOfTests, runOnce } from "./session.mjs";

const sources = fileURLToPath(new URL("../../target", import.meta.url));

/** Path of the profile of a kernel. It is another one for each kernel, form of profiles and choice of modules. */
export async function profileOf(kernel, cache, options, say) {
  const modules = modulesOfTests();
  const form = ["profile.ts", "from-host.ts"].map((name) => readFileSync(join(sources, name)));
  const key = createHash("sha256")
    .update(`${form.join("")}${modules.join(" ")}`)
    .digest("hex")
    .slice(0, 16);
  const path = join(cache, `profile-${kernel.release}-${key}`);
  if (existsSync(path)) return path;
  say(`${kernel.release}: saving a target profile`);
  // Debian's arm64 Node is older than the one whose startup snapshot is at hand.
  const front = kernel.arch === process.arch ? "dist/tsbt" : "node dist/tsbt.cjs";
  const load = modules.map((name) => `modprobe -q ${name}; `).join("");
  const command = `${load}${front} target save /tmp/profile && tar -cf /dev/vdc -C /tmp profile`;
  const fresh = mkdtempSync(`${path}.new-`);
  try {
    const keep = (disk) => spawnSync("tar", ["-xf", disk, "-C", fresh], { stdio: "inherit" });
    await runOnce(kernel, cache, { ...options, command }, (line) => process.stdout.write(`${line}\n`), keep);
    if (!existsSync(join(fresh, "profile")))
      throw new Error(`could not save a target profile of ${kernel.release}`);
    renameSync(join(fresh, "profile"), path);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return path;
}
