import { expect, it } from "vitest";
import { Sources } from "../../../src/base/source.js";
import { type Compilation, compile } from "../../../src/compile.js";
import type { Target } from "../../../src/target/target.js";
import { stubBinaries } from "../check/stub-binaries.js";
import { stubTarget } from "../check/stub-target.js";

const WALKS = "config = { unstable_dw_ustack = enable } interval:s:1 { @[dw_ustack(5)] = count(); }";

function compiled(script: string, target: Target = stubTarget): Compilation {
  const sources = new Sources();
  const options = { binaries: stubBinaries, params: [], unsafe: false, sources, relocatable: false };
  return compile(sources.add("stdin", script), sources, target, options);
}
const messages = ({ log }: Compilation) => log.diagnostics.map(({ code, message }) => `${code} ${message}`);
const mapNames = ({ object }: Compilation) =>
  [
    ...Buffer.from(object ?? [])
      .toString("latin1")
      .matchAll(/tsbt_(?:stack_\d+|processes|tables|walked)/g),
  ].map(([name]) => name);

it("keeps maps of the kernel's own stacks only for whom the kernel walks", () => {
  const alone = compiled(WALKS);
  expect(messages(alone)).toEqual([]);
  expect(mapNames(alone)).toEqual(expect.arrayContaining(["tsbt_processes", "tsbt_tables", "tsbt_walked"]));
  const beside = compiled(WALKS.replace("interval", "interval:ms:7 { @b = ustack(6); } interval"));
  expect(mapNames(beside)).toContain("tsbt_stack_6");
  // The name stands in the type, the map is not made: as a symbol it would occur once more.
  const count = (names: string[], name: string) => names.filter((each) => each === name).length;
  expect(count(mapNames(alone), "tsbt_stack_5")).toBeLessThan(count(mapNames(beside), "tsbt_stack_6"));
});

it("shares the walk among the probes of an object", () => {
  const once = compiled(WALKS).object?.length ?? 0;
  const twice = compiled(`${WALKS} interval:ms:7 { @b = dw_ustack(6); }`);
  expect(messages(twice)).toEqual([]);
  const names = Buffer.from(twice.object ?? [])
    .toString("latin1")
    .match(/tsbt_unwind_step\0/g);
  // In the table of symbols and in BTF.
  expect(names?.length).toBe(2);
  expect((twice.object?.length ?? 0) - once).toBeLessThan(3000);
});

it("says where stacks cannot be walked by tables", () => {
  expect(messages(compiled(WALKS, { ...stubTarget, arch: "aarch64" }))).toEqual([
    "TB5003 dw_ustack is only available on x86_64",
  ]);
  const features = { ...stubTarget.features, bpfLoop: false };
  expect(messages(compiled(WALKS, { ...stubTarget, features }))).toEqual([
    "TB5003 dw_ustack needs bpf_loop, which kernels have since 5.17",
  ]);
});

it("warns of the unstable feature once, and refuses it if it is to be an error", () => {
  const asIs = WALKS.replace("config = { unstable_dw_ustack = enable } ", "");
  expect(messages(compiled(`${asIs} interval:ms:7 { @b = dw_ustack; }`))).toEqual([
    "TB3027 Script is using an unstable feature: dw_ustack (DWARF stack unwinding). To prevent this warning you must explicitly enable it in the config e.g. unstable_dw_ustack=enable",
  ]);
  expect(messages(compiled(WALKS.replace("enable", "error")))).toEqual([
    "TB3027 dw_ustack (DWARF stack unwinding) feature is not enabled by default. To enable this unstable feature, set the config flag to enable. unstable_dw_ustack=enable",
  ]);
});
