/**
 * Archives and caches that are cut, flipped and forged: a member or a library is found or not, without an exception, an
 * endless loop or work that grows with the square of the file.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { findMember } from "../../src/binary/archive.js";
import { memoryFile } from "../../src/binary/file-bytes.js";
import { hostBinaries } from "../../src/binary/find.js";
import { librariesIn } from "../../src/binary/ld-cache.js";
import { openBinary } from "../../src/binary/open-binary.js";
import { stubTarget } from "../unit/check/stub-target.js";
import { linkerCache, storedArchive } from "./damage/around-programs.js";
import { anyDamage, damaged, type Region } from "./damage/damage.js";
import { judge, TIMEOUT, trials, within } from "./damage/judge.js";

describe("archives", () => {
  const folder = mkdtempSync(join(tmpdir(), "tsbt-archives-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const archive = join(folder, "app.apk");
  const member = "lib/x86_64/libapp.so";
  // Every machine has one program: the one that runs this.
  const program = readFileSync("/proc/self/exe").subarray(0, 64 << 10);
  const sound = storedArchive(member, program, "a comment");
  const localSize = 30 + member.length;
  const regions: Region[] = [
    [0, localSize],
    [localSize, localSize + 64],
    [localSize + program.length, sound.length - 31],
    [sound.length - 31, sound.length],
  ];

  test("the member of a sound one is the program", () => {
    const found = findMember(memoryFile(sound), member);
    expect(found?.offset).toBe(localSize);
    expect(found?.bytes.read(0, program.length).equals(program)).toBe(true);
  });

  test("a member lies in its archive, or is none", { timeout: TIMEOUT }, () => {
    fc.assert(
      fc.property(anyDamage(6), (wounds) => {
        const bytes = damaged(sound, regions, wounds);
        const found = within(() => findMember(memoryFile(bytes), member));
        if (found === undefined) return;
        expect(found.bytes.read(0, Number.MAX_SAFE_INTEGER).length).toBeLessThanOrEqual(bytes.length);
      }),
      trials(500),
    );
  });

  test("scripts that probe it are compiled or told why not", { timeout: TIMEOUT }, () => {
    const binaries = hostBinaries({ searchPath: "", debugFolders: [] });
    fc.assert(
      fc.property(anyDamage(6), (wounds) => {
        writeFileSync(archive, damaged(sound, regions, wounds));
        const path = `${archive}!/${member}`;
        within(() => openBinary(path, path, { unsafe: true, debugFolders: [] })?.functions());
        judge(`uprobe:${path}:main { @ = count(); }`, stubTarget, binaries);
      }),
      trials(30),
    );
  });
});

describe("the dynamic linker's cache", () => {
  const names = Array.from({ length: 200 }, (_, index) => `lib${index % 50}.so.${index}`);
  const sound = linkerCache(names.map((name) => [name, `/usr/lib/${name}`]));
  const textAt = 48 + names.length * 24;
  const regions: Region[] = [
    [0, 48],
    [48, textAt],
    [textAt, sound.length],
  ];

  test("libraries of a sound one are found", () => {
    expect(librariesIn(sound, "lib7")).toEqual(
      names.filter((n) => n.startsWith("lib7.")).map((n) => `/usr/lib/${n}`),
    );
    expect(librariesIn(sound, "lib7.so.57")).toEqual(["/usr/lib/lib7.so.57"]);
  });

  test("libraries of a damaged one are paths of it, or none", { timeout: TIMEOUT }, () => {
    fc.assert(
      fc.property(anyDamage(20), (wounds) => {
        const found = within(() => librariesIn(damaged(sound, regions, wounds), "lib7"));
        for (const path of found) {
          expect(path.length).toBeGreaterThan(0);
          expect(path).not.toContain("\0");
        }
      }),
      trials(500),
    );
  });

  test("names without an end cost no more than a name", () => {
    const records = 200_000;
    const forged = Buffer.alloc(48 + records * 24, 0x41);
    forged.write("glibc-ld.so.cache1.1", "latin1");
    forged.writeUInt32LE(records, 20);
    // All names are the whole file.
    for (let index = 0; index < records; index++) forged.writeUInt32LE(0, 48 + index * 24 + 4);
    expect(within(() => librariesIn(forged, "lib7"))).toEqual([]);
  });
});
