import { expect, test } from "vitest";
import { Sources } from "../../../src/base/source.js";
import { decodeBtf } from "../../../src/btf/decode.js";
import { BtfBuilder } from "../../../src/btf/encode.js";
import { type BtfTypeId, type BtfView, btfTypeId } from "../../../src/btf/types.js";
import { compile } from "../../../src/compile.js";
import { CoreTypes } from "../../../src/object/core-types.js";
import { stubBinaries } from "../check/stub-binaries.js";
import { stubTarget } from "../check/stub-target.js";

const TASK = 7;

/** Names along an access and the byte offset it comes to, as libbpf works them out from the object's own types. */
function resolve(view: BtfView, root: BtfTypeId, access: string): string {
  let id = root;
  let bits = 0;
  const names: string[] = [];
  for (const index of access.split(":").slice(1)) {
    const type = view.type(id);
    if (type.kind !== "struct" && type.kind !== "union") throw new Error(`a ${type.kind} has no members`);
    const member = type.members[Number(index)];
    if (member === undefined) throw new Error(`${type.name} has no member ${index}`);
    names.push(`${type.name}.${member.name}`);
    bits += member.bitOffset;
    id = view.strip(member.type);
  }
  return `${names.join(" ")} @${bits / 8} ${view.type(id).kind}`;
}

function local(accesses: readonly string[]): readonly string[] {
  const fields = accesses.map((access) => ({ root: TASK, access }));
  const btf = new BtfBuilder();
  const types = new CoreTypes(stubTarget.btf, btf, fields);
  const translated = fields.map((field) => types.translate(field));
  const view = decodeBtf(btf.finish());
  if (!view.ok) throw new Error(view.error);
  return translated.map(({ type, access }) => `${access} ${resolve(view.value, type, access)}`);
}

test("accesses name the same members at the target's offsets, counted among those that are used", () => {
  expect(local(["0:1", "0:8", "0:3", "0:2", "0:4:1"])).toEqual([
    "0:0 task_struct.tgid @4 int",
    "0:4 task_struct.numbers @56 array",
    "0:2 task_struct.real_parent @24 ptr",
    "0:1 task_struct.comm @8 array",
    "0:3:0 task_struct. .half @32 int",
  ]);
});

test("an access the target does not have is our own mistake", () => {
  expect(() => local(["0:99"])).toThrow("has no member 99");
});

/** The CO-RE immediates of a script: access in the target, and the offset in the instruction. */
function cores(text: string, relocatable: boolean): readonly string[] {
  const sources = new Sources();
  const { compiled, log } = compile(sources.add("stdin", text), sources, stubTarget, {
    binaries: stubBinaries,
    params: [],
    unsafe: false,
    sources,
    relocatable,
  });
  expect(log.diagnostics).toEqual([]);
  const items = (compiled?.functions ?? []).flatMap((fn) => fn.items);
  return items.flatMap((item) =>
    item.kind === "alu" && item.core !== undefined && item.src.kind === "imm"
      ? [
          `${item.op} ${item.src.value} ${item.core.root}/${item.core.access}${item.core.kind === undefined ? "" : ` ${item.core.kind}`}`,
        ]
      : [],
  );
}

const FIELDS = `begin { $t = (struct task_struct *)1000;
  print(($t->pid, $t->real_parent->tgid, $t->half, $t->numbers[1], $t->flag_b)); }`;

test("fields of kernel structs are marked, the first one too; bit-fields with their shifts", () => {
  expect(cores(FIELDS, true).toSorted()).toEqual([
    `add 0 ${TASK}/0:0`,
    `add 24 ${TASK}/0:3`,
    `add 32 ${TASK}/0:4:1`,
    `add 32 ${TASK}/0:6 lshift`,
    `add 35 ${TASK}/0:6 rshift`,
    `add 4 ${TASK}/0:1`,
    `add 40 ${TASK}/0:6`,
    `add 56 ${TASK}/0:8`,
  ]);
});

test("sizes and offsets of kernel structs are left to the loader, and so are steps from one to the next", () => {
  const texts = [
    "begin { print(sizeof(struct task_struct)); }",
    "begin { print(2 * sizeof(struct task_struct)); }",
    "begin { print((int32)sizeof(struct task_struct) > 3); }",
    "begin { print(offsetof(struct task_struct, numbers)); }",
    "begin { $t = (struct task_struct *)1000; print($t + 1); }",
    "begin { $t = (struct task_struct *)1000; print($t[1].pid); }",
    "begin { $t = (struct task_struct *)1000; print(($t + pid)->tgid); }",
    "begin { print(sizeof(int32)); }",
    "struct task { int a; int b } begin { print(sizeof(struct task)); $t = (struct task *)1000; print($t + 1); }",
  ];
  const size = 64;
  expect(texts.map((text) => cores(text, true).toSorted())).toEqual([
    [`add ${size} ${TASK}/0 size`],
    [`add ${size} ${TASK}/0 size`],
    [`add ${size} ${TASK}/0 size`],
    [`add 56 ${TASK}/0:8`],
    [`add ${size} ${TASK}/0 size`],
    [`add 0 ${TASK}/0:0`, `add ${size} ${TASK}/0 size`],
    [`add 4 ${TASK}/0:1`, `add ${size} ${TASK}/0 size`],
    [],
    [],
  ]);
  expect(texts.flatMap((text) => cores(text, false))).toEqual([]);
});

test("nothing is marked in a program that only this kernel runs, nor in memory of users", () => {
  expect(cores(FIELDS, false)).toEqual([]);
  expect(cores("begin { $t = uptr((struct task_struct *)1000); print($t->pid); }", true)).toEqual([]);
});

test("the root is a type of the target", () => {
  expect(stubTarget.btf.type(btfTypeId(TASK))).toMatchObject({ kind: "struct", name: "task_struct" });
});
