/** Notes of an ELF file: USDT probes, the build ID, the link to a separate debug file. */
import { type ElfFile, SHT_NOTE, textAt } from "./elf-file.js";

/** One place in the code where a static probe sits; one probe may have several. */
export interface UsdtLocation {
  readonly provider: string;
  readonly name: string;
  /** In memory, before relocation. */
  readonly address: number;
  /** Of the counter that says somebody listens; 0 without one. */
  readonly semaphore: number;
  /** One operand of the assembler an argument: `-4@%edi 8@-16(%rbp)`. */
  readonly args: string;
}

interface Note {
  readonly owner: string;
  readonly type: number;
  readonly contents: Buffer;
}

const NT_STAPSDT = 3;
const NT_GNU_BUILD_ID = 3;

/** Elf64_Nhdr: u32 name size, u32 contents size, u32 type; then both, each padded to four bytes. */
function* notesIn(bytes: Buffer): Generator<Note> {
  const pad = (size: number): number => (size + 3) & ~3;
  for (let at = 0; at + 12 <= bytes.length; ) {
    const nameSize = bytes.readUInt32LE(at);
    const size = bytes.readUInt32LE(at + 4);
    const from = at + 12 + pad(nameSize);
    if (from + size > bytes.length) return;
    yield {
      owner: textAt(bytes.subarray(at + 12, at + 12 + nameSize), 0),
      type: bytes.readUInt32LE(at + 8),
      contents: bytes.subarray(from, from + size),
    };
    at = from + pad(size);
  }
}

/**
 * USDT probes, in file order. Each note holds three addresses (probe, base, semaphore) and three texts. The linker
 * knows nothing of notes: when prelink moved the program, all addresses are off by as much as `base` is from section
 * `.stapsdt.base` (systemtap's "UserSpaceProbeImplementation").
 */
export function usdtLocations(elf: ElfFile): UsdtLocation[] {
  const found: UsdtLocation[] = [];
  const base = elf.section(".stapsdt.base")?.address;
  for (const section of elf.sections) {
    if (section.type !== SHT_NOTE || section.name !== ".note.stapsdt") continue;
    for (const { owner, type, contents } of notesIn(section.data())) {
      if (owner !== "stapsdt" || type !== NT_STAPSDT || contents.length < 24) continue;
      const number = (at: number): number => Number(contents.readBigUInt64LE(at));
      const moved = base === undefined || number(8) === 0 ? 0 : base - number(8);
      const [provider = "", name = "", args = ""] = contents.toString("utf8", 24).split("\0");
      const semaphore = number(16);
      found.push({
        provider,
        name,
        address: number(0) + moved,
        semaphore: semaphore === 0 ? 0 : semaphore + moved,
        args,
      });
    }
  }
  return found;
}

/** Hexadecimal text. */
export function buildId(elf: ElfFile): string | undefined {
  for (const section of elf.sections) {
    if (section.type !== SHT_NOTE || !section.name.startsWith(".note.gnu.build-id")) continue;
    for (const { owner, type, contents } of notesIn(section.data())) {
      if (owner === "GNU" && type === NT_GNU_BUILD_ID) return contents.toString("hex");
    }
  }
  return undefined;
}

/** Name of the separate debug file. */
export function debugLink(elf: ElfFile): string | undefined {
  const name = textAt(elf.section(".gnu_debuglink")?.data() ?? Buffer.alloc(0), 0);
  return name === "" ? undefined : name;
}
