/** Programs of this machine's compiler, with all that a probe may ask of one. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openElf } from "../../../src/binary/elf-file.js";
import { memoryFile } from "../../../src/binary/file-bytes.js";
import type { Region } from "./damage.js";

const workloads = fileURLToPath(new URL("../../workloads", import.meta.url));

const C = `
#include <stdint.h>
#include "usdt.h"
enum color { RED = 3, BLUE = -1 };
typedef struct inner { char name[8]; unsigned low : 3; unsigned high : 29; } inner_t;
struct outer { int32_t number; const struct inner *next; struct outer *self; inner_t own; int grid[2][3]; };
struct big { long words[4]; };
int counter = 1;
static inline int twice(int x) { return x + counter; }
__attribute__((noinline)) int first(int a, const char *text, struct outer *o, double d, enum color c)
{
  USDT("app", "one", "-4@%0 8@%1 4@counter(%%rip)", "r"(a), "r"(o));
  return twice(a) + text[0] + o->number + (int)d + c;
}
__attribute__((noinline)) struct big second(struct big in, long double l)
{
  struct big b = {{in.words[0] + (long)l}};
  USDT("app", "two", "8@%0", "m"(b.words[1]));
  return b;
}
int main(void)
{
  struct outer o = {0};
  struct big b = {{0}};
  return first(1, "a", &o, 1.0, RED) + (int)second(b, 2).words[0];
}
`;

const CPP = `
namespace space { struct Base { int base; }; struct Derived : Base { long own; Derived(const Derived &); Derived(); virtual ~Derived(); };
template <typename T> T largest(T a, T b) { return a > b ? a : b; } int called(Derived d, int &r) { return d.base + r; } }
space::Derived::Derived(const Derived &) {} space::Derived::Derived() {} space::Derived::~Derived() {}
int main() { space::Derived d; int r = space::largest(1, 2); return space::called(d, r); }
`;

export interface Fixture {
  readonly name: string;
  /** What is damaged; asked for when made, because one is made in `folder`. */
  readonly victim: string;
  /** What a probe names. */
  readonly program: string;
}

function run(folder: string, command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { cwd: folder }).status === 0;
}

/** Builds in `folder` what the machine's tools can; nothing without a compiler. */
export function buildPrograms(folder: string): Fixture[] {
  writeFileSync(join(folder, "program.c"), C);
  writeFileSync(join(folder, "program.cpp"), CPP);
  const made: Fixture[] = [];
  const build = (name: string, victim: string, steps: readonly (readonly string[])[]): void => {
    if (steps.every(([command = "", ...args]) => run(folder, command, ...args)))
      made.push({ name, victim: join(folder, victim), program: join(folder, name) });
  };
  const cc = (name: string, ...flags: string[]): string[] => [
    "cc",
    ...flags,
    `-I${workloads}`,
    "-o",
    name,
    "program.c",
  ];
  build("dwarf4", "dwarf4", [cc("dwarf4", "-gdwarf-4", "-O1")]);
  build("dwarf5", "dwarf5", [cc("dwarf5", "-gdwarf-5", "-O1")]);
  build("packed", "packed", [cc("packed", "-g", "-gz=zlib")]);
  build("skeleton", "skeleton", [cc("skeleton", "-gdwarf-5", "-gsplit-dwarf")]);
  build("split", "split-program.dwo", [cc("split", "-gdwarf-5", "-gsplit-dwarf")]);
  build("cplus", "cplus", [["c++", "-g", "-O1", "-o", "cplus", "program.cpp"]]);
  build("linked", "linked.debug", [
    cc("linked", "-g"),
    ["objcopy", "--only-keep-debug", "linked", "linked.debug"],
    ["objcopy", "--strip-all", "--add-gnu-debuglink=linked.debug", "linked"],
  ]);
  build("mini", "mini", [
    cc("mini", "-g0"),
    ["cp", "mini", "symbols"],
    ["xz", "--force", "symbols"],
    ["objcopy", "--strip-all", "--add-section", ".gnu_debugdata=symbols.xz", "mini"],
  ]);
  return made;
}

/** Header, tables and sections, but for code, of which only the first bytes count. */
export function regionsOf(bytes: Buffer): Region[] {
  const opened = openElf(memoryFile(bytes));
  if (!opened.ok) throw new Error(opened.error);
  const { sections } = opened.value;
  const tableAt = Number(bytes.readBigUInt64LE(40));
  const contents = sections
    .filter(
      ({ name, type, size }) => type !== 8 && size > 0 && !/^\.(text|rodata|eh_frame.*|comment)$/.test(name),
    )
    .map(({ offset, size }): Region => [offset, offset + size]);
  return [[0, 64], [64, 64 + 56 * 8], [tableAt, bytes.length], ...contents];
}
