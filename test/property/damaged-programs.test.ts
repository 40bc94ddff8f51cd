/**
 * Programs that are cut, flipped and forged: their symbols, notes and debug information are read without an exception,
 * an endless loop or more memory than the file justifies, and a script that probes them is compiled or told why not.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { hostBinaries } from "../../src/binary/find.js";
import { openBinary } from "../../src/binary/open-binary.js";
import { stubTarget } from "../unit/check/stub-target.js";
import { anyDamage, damaged } from "./damage/damage.js";
import { judge, TIMEOUT, trials, within } from "./damage/judge.js";
import { referencesIn } from "./damage/references.js";
import { buildPrograms, regionsOf } from "./damage/programs.js";

const folder = mkdtempSync(join(tmpdir(), "tsbt-damaged-"));
afterAll(() => rmSync(folder, { recursive: true }));

const scripts = [
  "uprobe:PATH:first { print((args.a, str(args.text), args.o.own.high, args.o.self.self.number, args.c)); }",
  "uprobe:PATH:first { @ = *args.o; @b[args.o.grid[1][2]] = 1; }",
  "uretprobe:PATH:second { print(retval); }",
  "uprobe:PATH:second { print((args.in, args.in.words[3])); }",
  "uprobe:PATH:first+4, uprobe:PATH:main+4 { @[probe] = count(); }",
  "uprobe:PATH:* { @[func] = count(); }",
  "uprobe:PATH@program.c:12 { @[probe] = count(); }",
  "uprobe:PATH:_ZN5space6calledENS_7DerivedERi { print((args.d.own, args.r)); }",
  'uprobe:PATH:cpp:"space::*" { @[func] = count(); }',
  "usdt:PATH:app:one { print((arg0, arg1, arg2)); }",
  "usdt:PATH:* { @[probe] = arg0; }",
  'uprobe:PATH:main { print((*uaddr("counter"), sizeof(struct outer), ((struct outer *)arg0).own)); }',
];

/** All that a probe, a listing or a stack may want to know of a program. */
function askAll(program: string, debugFolders: readonly string[]): void {
  const binary = openBinary(program, program, { unsafe: true, debugFolders });
  binary?.usdt();
  binary?.isStripped();
  for (const { name, address } of binary?.functions().slice(0, 100) ?? []) {
    binary?.function(name);
    binary?.functionAt(address + 1);
    binary?.fileOffset(address);
    binary?.code(address, 16);
    const known = binary?.debug()?.function(address);
    for (const { shape, type, typeText } of known?.parameters ?? []) [shape(), type(), typeText()];
    [known?.result(), known?.resultShape()];
  }
  binary?.debug()?.lines("program.c");
}

const fixtures = buildPrograms(folder);

test("there is a compiler to make programs", () => {
  expect(fixtures.length).toBeGreaterThan(0);
});

describe.each(fixtures)("$name", ({ victim, program }) => {
  const sound = readFileSync(victim);
  const regions = regionsOf(sound);
  const debugFolders = [folder];
  const damage = anyDamage(8).map((each) => damaged(sound, regions, each));

  const compileFor = (bytes: Buffer, script: string): void => {
    writeFileSync(victim, bytes);
    judge(script.replaceAll("PATH", program), stubTarget, hostBinaries({ searchPath: "", debugFolders }));
  };

  test("everything a probe asks of it is answered", { timeout: TIMEOUT }, () => {
    fc.assert(
      fc.property(damage, (bytes) => {
        writeFileSync(victim, bytes);
        within(() => askAll(program, debugFolders));
      }),
      trials(30),
    );
  });

  test("scripts are compiled or told why not", { timeout: TIMEOUT }, () => {
    fc.assert(fc.property(damage, fc.constantFrom(...scripts), compileFor), trials(10));
  });

  const { places, entries } = referencesIn(sound, victim.endsWith(".dwo"));
  // A program without types has none to forge.
  if (places.length === 0) return;
  test("what is made of itself is no circle to us", { timeout: TIMEOUT }, () => {
    for (const { at, own } of places) {
      const bytes = Buffer.from(sound);
      bytes.writeUInt32LE(own, at);
      writeFileSync(victim, bytes);
      within(() => askAll(program, debugFolders));
    }
  });

  test("types in circles are no circles to us", { timeout: TIMEOUT }, () => {
    const forgery = fc.tuple(fc.constantFrom(...places), fc.constantFrom(...entries));
    const forged = fc.array(forgery, { minLength: 1, maxLength: 60, size: "max" }).map((forgeries) => {
      const bytes = Buffer.from(sound);
      for (const [{ at }, entry] of forgeries) bytes.writeUInt32LE(entry, at);
      return bytes;
    });
    fc.assert(
      fc.property(forged, fc.constantFrom(...scripts), (bytes, script) => {
        compileFor(bytes, script);
        within(() => askAll(program, debugFolders));
      }),
      trials(15),
    );
  });
});
