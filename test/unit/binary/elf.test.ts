/** Our reader against elfy's, on this test's own node binary and libc-like files that every Linux has. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import elfy from "elfy";
import { afterAll, describe, expect, it } from "vitest";
import { findMember } from "../../../src/binary/archive.js";
import { openElf } from "../../../src/binary/elf-file.js";
import { hostFile, memoryFile, slice } from "../../../src/binary/file-bytes.js";
import { expandPath } from "../../../src/binary/glob.js";
import { librariesNamed } from "../../../src/binary/ld-cache.js";
import { linkerCache, storedArchive } from "../../property/damage/around-programs.js";
import { buildId } from "../../../src/binary/notes.js";
import { symbolTables } from "../../../src/binary/symbols.js";

const folder = mkdtempSync(join(tmpdir(), "tsbt-elf-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A program of this machine; none elsewhere. */
const program = ["/bin/ls", "/usr/bin/ls"].find((path) => hostFile(path) !== undefined);

describe.skipIf(program === undefined)("an ELF file of this machine", () => {
  const path = program ?? "";
  const opened = openElf(hostFile(path) ?? memoryFile(Buffer.alloc(0)));
  const elf = opened.ok ? opened.value : undefined;

  it("has the sections that elfy finds", () => {
    const theirs = elfy
      .parse(readFileSync(path))
      .body.sections.map(({ name, off, size }) => [name, off, size]);
    expect(elf?.sections.map(({ name, offset, size }) => [name, offset, size])).toEqual(theirs);
  });

  it("has contents that elfy finds", () => {
    const theirs = elfy.parse(readFileSync(path)).body.sections.find(({ name }) => name === ".dynstr");
    expect(
      elf
        ?.section(".dynstr")
        ?.data()
        .equals(theirs?.data ?? Buffer.alloc(0)),
    ).toBe(true);
  });

  it("has a build ID, and places for addresses of its segments only", () => {
    if (elf === undefined) throw new Error("not opened");
    expect(buildId(elf)).toMatch(/^[0-9a-f]{40}$/);
    const text = elf.section(".text");
    expect(elf.toOffset(text?.address ?? 0)).toBe(text?.offset);
    expect(elf.toOffset(2 ** 45)).toBeUndefined();
  });

  it("finds one symbol as it finds all", () => {
    if (elf === undefined) throw new Error("not opened");
    const symbols = symbolTables(() => [elf]);
    for (const each of symbols.functions().slice(0, 50)) {
      expect(symbols.find(each.name, "function")).toEqual(each);
    }
    expect(symbols.find("no_such_function_anywhere", "function")).toBeUndefined();
  });
});

describe("what is no ELF file", () => {
  it.each([
    ["empty", Buffer.alloc(0)],
    ["a text", Buffer.from("#!/bin/sh\n".repeat(20))],
    ["cut short", Buffer.from("\x7fELF\x02\x01", "latin1")],
  ])("%s is refused", (_, bytes) => {
    expect(openElf(memoryFile(bytes)).ok).toBe(false);
  });

  it("whose section table points nowhere has no sections", () => {
    const bytes = Buffer.alloc(64);
    bytes.write("\x7fELF\x02\x01", "latin1");
    bytes.writeBigUInt64LE(1n << 40n, 40);
    bytes.writeUInt16LE(9, 60);
    const opened = openElf(memoryFile(bytes));
    expect(opened.ok && opened.value.sections).toEqual([]);
  });
});

describe("files in pieces", () => {
  it("a slice ends where it ends", () => {
    const whole = memoryFile(Buffer.from("0123456789"));
    expect(slice(whole, 2, 4).read(1, 100).toString()).toBe("345");
    expect(slice(whole, 2, 4).read(9, 1).length).toBe(0);
  });

  it("a stored member of an archive is found, a missing one is not", () => {
    const archive = memoryFile(storedArchive("lib/x", Buffer.from("contents")));
    const member = findMember(archive, "lib/x");
    expect(member?.offset).toBe(35);
    expect(member?.bytes.read(0, 8).toString()).toBe("contents");
    expect(findMember(archive, "lib/y")).toBeUndefined();
  });

  it("a comment that holds an archive's end is a comment", () => {
    const forged = storedArchive("other", Buffer.from("forged")).subarray(-22).toString("latin1");
    const archive = memoryFile(storedArchive("lib/x", Buffer.from("contents"), `${forged} and more`));
    expect(findMember(archive, "lib/x")?.offset).toBe(35);
  });
});

describe("finding files", () => {
  it("expands patterns level by level", () => {
    for (const name of ["one.so", "two.so", "other"]) writeFileSync(join(folder, name), "");
    expect(expandPath(`${folder}/*.so`)).toEqual([`${folder}/one.so`, `${folder}/two.so`]);
    expect(expandPath(`${folder.slice(0, -1)}?/o*`)).toEqual([`${folder}/one.so`, `${folder}/other`]);
    expect(expandPath(`${folder}/none*`)).toEqual([]);
  });

  it("reads the dynamic linker's cache", () => {
    const libraries = [["libz.so.1", "/lib/libz.so.1"] as const, ["libz2.so", "/lib/libz2.so"] as const];
    const cache = join(folder, "ld.so.cache");
    writeFileSync(cache, linkerCache(libraries));
    expect(librariesNamed("libz", cache)).toEqual(["/lib/libz.so.1"]);
    expect(librariesNamed("libz.so.1", cache)).toEqual(["/lib/libz.so.1"]);
    expect(librariesNamed("libq", cache)).toEqual([]);
    expect(librariesNamed("libz", join(folder, "none"))).toEqual([]);
  });
});
