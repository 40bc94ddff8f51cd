import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Sources } from "../../../src/base/source.js";
import { BtfBuilder } from "../../../src/btf/encode.js";
import { compile } from "../../../src/compile.js";
import { loadProfile, profileData, saveProfile } from "../../../src/target/profile.js";
import type { Target } from "../../../src/target/target.js";
import { makeTarget, type TargetData } from "../../../src/target/target-data.js";
import { trimTarget } from "../../../src/target/trim.js";
import { pinnedProfile } from "../../fixtures/pinned-target.js";

function built(file: string, target: Target) {
  const sources = new Sources();
  const text = readFileSync(new URL(`../../golden/dump/${file}`, import.meta.url), "utf8");
  const options = { params: [], unsafe: false, sources, relocatable: true };
  return compile(sources.add(file, text), sources, target, options);
}

/** The pinned kernel's data with types made for the purpose: `place` is the kernel's, `bio` and `unused` the module's. */
function kernelWithModules(): TargetData {
  const kernel = new BtfBuilder();
  const int = kernel.int("int", 4, true);
  // Ids and strings that are left out move those behind them.
  kernel.struct("left_out", 4, [{ name: "nothing_asked", type: int, offset: 0 }]);
  const place = kernel.struct("place", 8, [{ name: "number", type: int, offset: 4 }]);
  kernel.func("bpf_trampoline_link_prog", kernel.funcProto(int, []));
  const btf = kernel.finish();
  const disk = new BtfBuilder(kernel);
  disk.struct("unused", 4, [{ name: "unused_number", type: int, offset: 0 }]);
  const bio = disk.reserve();
  const pointer = disk.ptr(bio);
  const long = disk.int("long unsigned int", 8, false);
  const members = [
    { name: "next", type: pointer, bitOffset: 0, bitfieldSize: 0 },
    { name: "sector", type: long, bitOffset: 64, bitfieldSize: 0 },
  ];
  disk.define(bio, { kind: "struct", name: "bio", size: 16, members });
  const where = disk.ptr(place);
  const parameters = [
    { name: "bio", type: pointer },
    { name: "where", type: where },
  ];
  disk.func("disk_submit", disk.funcProto(int, parameters), "static");
  const other = new BtfBuilder(kernel);
  other.func("other_submit", other.funcProto(int, []), "static");
  const blobs = new Map([
    ["disk", disk.finish()],
    ["other", other.finish()],
  ]);
  return {
    ...pinned(),
    btf: () => btf,
    modules: () => [...blobs.keys()],
    moduleBtf: (name) => blobs.get(name),
    functions: () => "disk_submit [disk]\nother_submit [other]\n",
    kprobePmu: true,
  };
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

  it("keeps of a module what was asked for, on top of what it keeps of the kernel", () => {
    const whole = kernelWithModules();
    const trimming = trimTarget(whole, () => true);
    const script =
      "fentry:disk:disk_submit { print((args.bio.sector, args.bio.next.sector, args.where.number)); }";
    const build = (target: Target) => {
      const sources = new Sources();
      return compile(sources.add("stdin", script), sources, target, {
        params: [],
        unsafe: false,
        sources,
        relocatable: true,
      });
    };
    const before = build(trimming.target);
    expect(before.log.diagnostics).toEqual([]);
    const loaded = loadProfile(saveProfile(trimming.result()));
    if (!loaded.ok) throw new Error(loaded.error);
    // Nobody asked for the other module, nor for this one's other struct.
    expect(loaded.value.modules()).toEqual(["disk"]);
    const module = loaded.value.moduleBtf("disk");
    expect(module?.typeNames()).toEqual(["place", "bio"]);
    expect(module?.functionNames()).toContain("disk_submit");
    const after = build(loaded.value);
    expect(after.log.diagnostics).toEqual([]);
    expect(before.object).toBeDefined();
    expect(Buffer.from(after.object ?? []).equals(Buffer.from(before.object ?? []))).toBe(true);
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
