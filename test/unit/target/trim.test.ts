import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Sources } from "../../../src/base/source.js";
import { compile } from "../../../src/compile.js";
import { loadProfile, profileData, saveProfile } from "../../../src/target/profile.js";
import type { Target } from "../../../src/target/target.js";
import { makeTarget } from "../../../src/target/target-data.js";
import { trimTarget } from "../../../src/target/trim.js";
import { pinnedProfile } from "../../fixtures/pinned-target.js";

function built(file: string, target: Target) {
  const sources = new Sources();
  const text = readFileSync(new URL(`../../golden/dump/${file}`, import.meta.url), "utf8");
  const options = { params: [], unsafe: false, sources, relocatable: true };
  return compile(sources.add(file, text), sources, target, options);
}

const pinned = () => {
  const data = profileData(pinnedProfile());
  if (!data.ok) throw new Error(data.error);
  return data.value;
};

describe("a kernel trimmed for a script", () => {
  it.each(["count.bt", "open.bt", "structs.bt", "latency.bt", "typed.bt"])("compiles %s the same", (file) => {
    const trimming = trimTarget(pinned(), () => true);
    const whole = built(file, trimming.target);
    const saved = saveProfile(trimming.result());
    const loaded = loadProfile(saved);
    if (!loaded.ok) throw new Error(loaded.error);
    const again = built(file, loaded.value);
    expect(again.log.diagnostics).toEqual(whole.log.diagnostics);
    expect(whole.object).toBeDefined();
    expect(Buffer.from(again.object ?? []).equals(Buffer.from(whole.object ?? []))).toBe(true);
    expect(saved.length).toBeLessThanOrEqual(pinnedProfile().length);
  });

  it("lacks what was not asked for", () => {
    const trimming = trimTarget(pinned(), (name) => name === "vfs_read");
    built("count.bt", trimming.target);
    const data = trimming.result();
    expect(data.tracepoints()).toEqual(["raw_syscalls:sys_enter"]);
    expect(data.functions()?.trim()).toBe("vfs_read");
    const { log } = built("structs.bt", makeTarget(data));
    expect(log.hasErrors).toBe(true);
  });
});
