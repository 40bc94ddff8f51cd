/**
 * The startup snapshot: what runs when modules load must do without what a snapshot builder lacks (shared memory, for one),
 * or every start is slower and nothing else tells.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const bundle = fileURLToPath(new URL("../../../dist/tsbt.cjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tsbt-snapshot-"));
const build = (script: string) =>
  spawnSync(process.execPath, ["--snapshot-blob", join(folder, "blob"), "--build-snapshot", script], {
    encoding: "utf8",
  });

describe("the startup snapshot", () => {
  const empty = join(folder, "empty.cjs");
  writeFileSync(empty, "");
  it.skipIf(build(empty).status !== 0)("can be built of the compiler", { timeout: 60_000 }, () => {
    try {
      const built = build(bundle);
      expect(built.status, built.stderr.slice(-300)).toBe(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
