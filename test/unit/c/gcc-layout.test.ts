/** Sizes and offsets against what the machine's own compiler says: random structs, and headers of the system. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { SourceFiles } from "../../../src/base/files.js";
import { Sources } from "../../../src/base/source.js";
import type { StructType } from "../../../src/types/type.js";
import { typesOf } from "./support.js";

const folder = mkdtempSync(join(tmpdir(), "tsbt-layout-"));
afterAll(() => rmSync(folder, { recursive: true }));

const compiles = ((): boolean => {
  try {
    execFileSync("cc", ["--version"], { stdio: "ignore" });
    return process.arch === "x64";
  } catch {
    return false;
  }
})();
const without = compiles ? "" : " (skipped: no C compiler for x86-64 here)";

/** Runs a C program made of the text and `printf`s of the expressions; gives their values. */
function valuesByCompiler(text: string, expressions: readonly string[]): number[] {
  const file = join(folder, "layout.c");
  const prints = expressions.map((each) => `  printf("%ld\\n", (long)(${each}));`).join("\n");
  writeFileSync(
    file,
    `#define _GNU_SOURCE\n${text}\n#include <stdio.h>\n#include <stddef.h>\nint main(void) {\n${prints}\n}\n`,
  );
  execFileSync("cc", ["-w", "-Wno-packed-bitfield-compat", "-o", join(folder, "layout"), file]);
  return execFileSync(join(folder, "layout"), { encoding: "utf8", maxBuffer: 1 << 26 })
    .trim()
    .split("\n")
    .map(Number);
}

// ------------------------------------------------------------------------------------------------ random structs

const scalar = fc.constantFrom(
  "char",
  "unsigned char",
  "short",
  "int",
  "unsigned",
  "long",
  "unsigned long long",
  "_Bool",
  "void *",
  "double",
  "float",
  "long double",
  "__int128",
  "enum e",
);
const integer = fc.constantFrom(
  ["char", 8],
  ["short", 16],
  ["int", 32],
  ["unsigned", 32],
  ["unsigned long", 64],
  ["_Bool", 1],
) as fc.Arbitrary<[string, number]>;
const aligned = fc.constantFrom("", "", "", "", " __attribute__((aligned(8)))", " __attribute__((packed))");

interface Member {
  readonly text: (name: string) => string;
  /** offsetof may be asked for it. */
  readonly named: boolean;
}
const plain: fc.Arbitrary<Member> = fc
  .tuple(scalar, fc.constantFrom("", "", "[3]", "[2][3]"), aligned)
  .map(([type, array, attribute]) => ({
    text: (name) => `${type} ${name}${array}${attribute};`,
    named: true,
  }));
const bits: fc.Arbitrary<Member> = integer.chain(([type, most]) =>
  fc.tuple(fc.integer({ min: 0, max: most }), fc.boolean()).map(([width, named]) => ({
    text: (name) => `${type} ${width === 0 || !named ? "" : name} : ${width};`,
    named: false,
  })),
);
const nested: fc.Arbitrary<Member> = fc
  .tuple(
    fc.constantFrom("struct", "union"),
    fc.array(fc.oneof(scalar, fc.constant("bits")), { minLength: 1, maxLength: 3 }),
    fc.constantFrom("", " __attribute__((packed))"),
    fc.boolean(),
  )
  .map(([tag, types, attribute, anonymous]) => ({
    text: (name) => {
      const inner = types.map((type, index) =>
        type === "bits" ? `int ${name}_${index} : 5;` : `${type} ${name}_${index};`,
      );
      return `${tag} { ${inner.join(" ")} }${attribute} ${anonymous ? "" : name};`;
    },
    named: false,
  }));
const struct = fc.record({
  tag: fc.constantFrom("struct", "struct", "union"),
  members: fc.array(
    fc.oneof(
      { weight: 4, arbitrary: plain },
      { weight: 5, arbitrary: bits },
      { weight: 1, arbitrary: nested },
    ),
    { minLength: 1, maxLength: 7 },
  ),
  attribute: fc.constantFrom("", "", "", " __attribute__((packed))", " __attribute__((packed, aligned(4)))"),
  pack: fc.constantFrom(0, 0, 0, 0, 1, 2, 4),
});

describe.skipIf(!compiles)(`layout as the compiler's${without}`, () => {
  it("of random structs", () => {
    const samples = fc.sample(struct, { numRuns: 400, seed: Number(process.env.TSBT_SEED ?? 7) });
    const asked: { expression: string; name: string; member?: string }[] = [];
    const text = samples.map(({ tag, members, attribute, pack }, index) => {
      const name = `s${index}`;
      // clang and gcc differ on attributes under the pragma; scripts have meant clang.
      const print = (member: Member, at: number): string =>
        pack === 0
          ? member.text(`m${at}`)
          : member.text(`m${at}`).replace(/ __attribute__\(\(\w+(?:\(8\))?\)\)/g, "");
      const list = members.map(print);
      asked.push({ expression: `sizeof(${tag} ${name})`, name: `${tag} ${name}` });
      for (const [at, { named }] of members.entries()) {
        if (named)
          asked.push({
            expression: `offsetof(${tag} ${name}, m${at})`,
            name: `${tag} ${name}`,
            member: `m${at}`,
          });
      }
      const open = pack === 0 ? "" : `#pragma pack(push, ${pack})\n`;
      const close = pack === 0 ? "" : "#pragma pack(pop)\n";
      return `${open}${tag} ${name} { ${list.join(" ")} }${pack === 0 ? attribute : ""};\n${close}`;
    });
    const whole = `enum e { A };\n${text.join("")}`;
    const theirs = valuesByCompiler(
      whole,
      asked.map(({ expression }) => expression),
    );
    const { types, errors } = typesOf(whole);
    expect(errors).toEqual([]);
    const ours = asked.map(({ name, member }) => {
      const [tag = "", tagged = ""] = name.split(" ");
      const type = types.findStruct(tagged, tag === "union", "kernel");
      if (member === undefined) return type?.size;
      return type?.members.find((each) => each.name === member)?.offset;
    });
    for (const [index, { expression, name }] of asked.entries()) {
      const at = Number(name.replace(/\D+/, ""));
      expect(`${expression} = ${ours[index]} of ${text[at]}`).toBe(
        `${expression} = ${theirs[index]} of ${text[at]}`,
      );
    }
  });

  const exists = (name: string): boolean =>
    existsSync(`/usr/include/${name}`) || existsSync(`/usr/include/x86_64-linux-gnu/${name}`);
  // Apart, for some of the kernel's headers define what the C library's do.
  const LIBRARY = [
    "sys/types.h",
    "sys/socket.h",
    "netinet/in.h",
    "netinet/ip.h",
    "netinet/tcp.h",
    "sys/stat.h",
  ];
  const MORE = ["pthread.h", "stdio.h", "signal.h", "time.h", "dirent.h", "elf.h", "poll.h", "sys/mman.h"];
  const KERNEL = ["linux/if_ether.h", "linux/tcp.h", "linux/bpf.h", "linux/perf_event.h", "linux/netlink.h"];

  it.each([
    ["the C library", [...LIBRARY, ...MORE]],
    ["the kernel", KERNEL],
  ])("of the headers of %s", (_, headers) => {
    const includes = headers.filter(exists).map((name) => `#include <${name}>\n`);
    const sources = new Sources();
    const files: SourceFiles = {
      read: (path) =>
        existsSync(path) && statSync(path).isFile()
          ? sources.add(path, readFileSync(path, "utf8"))
          : undefined,
      inspect: () => undefined,
      list: () => [],
    };
    const text = `#define _GNU_SOURCE\n${includes.join("")}`;
    const paths = { system: ["/usr/local/include", "/usr/include/x86_64-linux-gnu", "/usr/include"] };
    const { types, unit, errors } = typesOf(text, { files, paths }, sources);
    expect(errors).toEqual([]);
    const found: [string, StructType][] = [];
    for (const [tag, names] of [
      ["struct", unit.structs.keys()],
      ["union", unit.unions.keys()],
    ] as const) {
      for (const name of names) {
        const type = types.findStruct(name, tag === "union", "kernel");
        if (type !== undefined) found.push([`${tag} ${name}`, type]);
      }
    }
    const asked = found.flatMap(([name, type]): [string, number][] => [
      [`sizeof(${name})`, type.size],
      ...type.members
        .filter((member) => member.name !== "" && member.bitfield === undefined)
        .map((member): [string, number] => [`offsetof(${name}, ${member.name})`, member.offset]),
    ]);
    const enumerators = [...types.enumeratorNames()];
    const expressions = [...asked.map(([expression]) => expression), ...enumerators];
    const theirs = valuesByCompiler(text, [...expressions, "1"]);
    const ours = [
      ...asked.map(([, value]) => value),
      ...enumerators.map((name) => Number(BigInt.asIntN(64, types.enumerator(name)?.value ?? 0n))),
    ];
    expect(expressions.map((expression, index) => `${expression} = ${ours[index]}`)).toEqual(
      expressions.map((expression, index) => `${expression} = ${theirs[index]}`),
    );
  });
});
