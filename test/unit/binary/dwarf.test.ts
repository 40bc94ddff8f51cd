/** The reader on what this machine's compiler writes, in both versions of DWARF that compilers use. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Cursor } from "../../../src/binary/dwarf/cursor.js";
import type { DebugFunction } from "../../../src/binary/dwarf/debug-info.js";
import { openElf } from "../../../src/binary/elf-file.js";
import { hostFile, memoryFile } from "../../../src/binary/file-bytes.js";
import { openBinary } from "../../../src/binary/open-binary.js";
import { argumentLines, argumentsOf } from "../../../src/lang/probes/uprobe-arguments.js";
import { archOf } from "../../../src/target/arch.js";
import { printType } from "../../../src/types/print.js";
import type { ArgumentPlace, StructType } from "../../../src/types/type.js";

const SOURCE = `
#include <stdint.h>
enum color { RED = 3, BLUE = -1 };
typedef struct inner { char name[8]; unsigned low : 3; unsigned high : 29; } inner_t;
struct outer { int32_t number; const struct inner *next; inner_t own; union { int a; float b; }; int grid[2][3]; };
struct big { long words[4]; };
struct pair { int x, y; };

int first(int a, const char *text, struct outer *o, double d, enum color c, _Bool flag)
{
  return a + text[0] + o->number + (int)d + c + flag;
}
struct big second(long after_pointer) { struct big b = {{after_pointer}}; return b; }
long third(struct pair p, struct big in_memory, short s) { return p.x + in_memory.words[0] + s; }
long many(long a, long b, long c, long d, long e, long f, long g) { return a + b + c + d + e + f + g; }

int main(void)
{
  struct outer o = {0};
  struct pair p = {1, 2};
  return first(1, "a", &o, 1.0, RED, 1) + second(2).words[0] + third(p, second(3), 4) + many(1, 2, 3, 4, 5, 6, 7);
}
`;

const folder = mkdtempSync(join(tmpdir(), "tsbt-dwarf-"));
afterAll(() => rmSync(folder, { recursive: true }));

function compile(name: string, ...flags: string[]): string | undefined {
  const source = join(folder, "program.c");
  writeFileSync(source, SOURCE);
  const made = spawnSync("cc", [...flags, "-o", join(folder, name), source], { cwd: folder });
  return made.status === 0 ? join(folder, name) : undefined;
}

const options = { unsafe: false, debugFolders: [folder] };
const x86 = process.arch === "x64";
const variants: readonly (readonly [string, readonly string[]])[] = [
  ["dwarf4", ["-gdwarf-4"]],
  ["dwarf5", ["-gdwarf-5"]],
  ["split", ["-gdwarf-5", "-gsplit-dwarf"]],
  ["split4", ["-gdwarf-4", "-gsplit-dwarf"]],
  ["compressed", ["-g", "-gz=zlib"]],
];

it.skipIf(compile("zipped", "-g", "-gz=zlib") === undefined)("unpacks a section once", () => {
  const elf = openElf(hostFile(join(folder, "zipped")) ?? memoryFile(Buffer.alloc(0)));
  const section = elf.ok ? elf.value.section(".debug_info") : undefined;
  const first = section?.data();
  expect(first?.length).toBeGreaterThan(100);
  expect(section?.data()).toEqual(first);
});

describe.skipIf(!x86 || compile("probe", "-g") === undefined)(
  "debug information of this machine's compiler",
  () => {
    for (const [name, flags] of variants) {
      describe(name, () => {
        const path = compile(name, ...flags) ?? "";
        const binary = openBinary(path, path, options);
        const debug = binary?.debug();
        const functionNamed = (text: string): DebugFunction => {
          const found = debug?.function(binary?.function(text)?.address ?? -1);
          if (found === undefined) throw new Error(`no ${text}`);
          return found;
        };
        const members = (text: string): (readonly [string, string, number | ArgumentPlace])[] =>
          argumentsOf(text, functionNamed(text), "x86_64").members.map(
            ({ name: member, type, offset, place }) => [member, printType(type), place ?? offset],
          );
        const { args } = archOf("x86_64");
        const at = (index: number): number => args[index] ?? -1;

        it("lists parameters as C writes them", () => {
          expect(argumentLines(functionNamed("first"))).toEqual([
            "int a",
            "const char* text",
            "struct outer* o",
            "double d",
            "enum color c",
            "_Bool flag",
          ]);
        });

        it("places arguments as the calling convention does", () => {
          expect(members("first").map(([member, , offset]) => [member, offset])).toEqual([
            ["a", at(0)],
            ["text", at(1)],
            ["o", at(2)],
            ["d", { kind: "nowhere", why: expect.stringContaining("floating-point register") }],
            ["c", at(3)],
            ["flag", at(4)],
          ]);
          expect(members("second")).toEqual([["after_pointer", "int64", at(1)]]);
          expect(members("third").map(([member, , offset]) => [member, offset])).toEqual([
            ["p", at(0)],
            ["in_memory", { kind: "stack", offset: 8 }],
            ["s", at(1)],
          ]);
          expect(members("many").at(5)).toEqual(["f", "int64", at(5)]);
          expect(members("many").at(6)).toEqual(["g", "int64", { kind: "stack", offset: 8 }]);
        });

        it("knows structs with arrays, bit-fields, nested and nameless members", () => {
          const outer = debug?.type("outer");
          if (outer?.kind !== "struct") throw new Error("no struct outer");
          expect(
            outer.members.map(({ name: member, type, offset }) => [member, printType(type), offset]),
          ).toEqual([
            ["number", "int32", 0],
            ["next", "struct inner *", 8],
            ["own", "struct inner", 16],
            ["", expect.stringContaining("anon"), 28],
            ["grid", "int32[3][2]", 32],
          ]);
          const inner = outer.members[2]?.type as StructType;
          expect(inner.members.map(({ name: member, bitfield }) => [member, bitfield])).toEqual([
            ["name", undefined],
            ["low", { shift: 0, width: 3 }],
            ["high", { shift: 3, width: 29 }],
          ]);
          expect(debug?.type("inner_t")).toBe(debug?.type("inner"));
        });

        it("knows enums, negative values too", () => {
          const color = debug?.type("color");
          expect(color?.kind === "enum" && [...color.values]).toEqual([
            ["RED", 3n],
            ["BLUE", -1n],
          ]);
        });

        it("finds where a line's statements begin", () => {
          const line = SOURCE.split("\n").findIndex((text) => text.startsWith("long many")) + 1;
          const rows = debug?.lines("program.c").filter((row) => row.line === line) ?? [];
          expect(rows[0]?.address).toBe(binary?.function("many")?.address);
          expect(debug?.lines("other.c")).toEqual([]);
          expect(debug?.lines("gram.c")).toEqual([]);
        });

        it("knows nothing of other names and places", () => {
          expect(debug?.type("no_such_type")).toBeUndefined();
          expect(debug?.function(1)).toBeUndefined();
        });
      });
    }

    it("is found in a separate file", () => {
      const path = compile("whole", "-g") ?? "";
      const stripped = join(folder, "stripped");
      spawnSync("objcopy", ["--only-keep-debug", path, join(folder, "kept.debug")]);
      spawnSync("objcopy", [
        "--strip-all",
        `--add-gnu-debuglink=${join(folder, "kept.debug")}`,
        path,
        stripped,
      ]);
      const binary = openBinary(stripped, stripped, { unsafe: false, debugFolders: [] });
      const address = binary?.function("many")?.address ?? -1;
      expect(binary?.debug()?.function(address)?.parameters).toHaveLength(7);
    });

    it("is found in a folder named from the program's, as in elfutils' search paths", () => {
      const path = compile("whole", "-g") ?? "";
      const stripped = join(folder, "naked");
      mkdirSync(join(folder, "kept"), { recursive: true });
      spawnSync("objcopy", ["--only-keep-debug", path, join(folder, "kept", "naked.debug")]);
      spawnSync("objcopy", ["--strip-all", path, stripped]);
      const parameters = (...debugFolders: string[]): number | undefined => {
        const binary = openBinary(stripped, stripped, { unsafe: false, debugFolders });
        return binary?.debug()?.function(binary.function("many")?.address ?? -1)?.parameters.length;
      };
      expect(parameters("./kept")).toBe(7);
      expect(parameters("none", "kept")).toBe(7);
      expect(parameters("./none")).toBeUndefined();
    });

    it("is absent where none was kept", () => {
      const path = compile("bare", "-s") ?? "";
      expect(openBinary(path, path, { unsafe: false, debugFolders: [] })?.debug()).toBeUndefined();
    });
  },
);

describe("numbers of DWARF", () => {
  const cursor = (...bytes: number[]): Cursor => new Cursor(Buffer.from(bytes), 0);
  it.each([
    [[0x7f], 127],
    [[0x80, 0x01], 128],
    [[0xe5, 0x8e, 0x26], 624485],
  ] as const)("unsigned LEB128 %j", (bytes, value) => {
    expect(cursor(...bytes).uleb()).toBe(value);
  });
  it.each([
    [[0x3f], 63],
    [[0x40], -64],
    [[0x80, 0x7f], -128],
    [[0xc0, 0xbb, 0x78], -123456],
  ] as const)("signed LEB128 %j", (bytes, value) => {
    expect(cursor(...bytes).sleb()).toBe(value);
  });
  it("beyond the end are zero and end the reading", () => {
    const short = cursor(0xff);
    expect(short.u32()).toBe(0);
    expect(short.done).toBe(true);
    expect(cursor(0x80, 0x80).uleb()).toBe(0);
  });
});
