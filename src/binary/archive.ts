/** Members of ZIP archives that are mapped where they lie, as Android does with libraries in APK files. */
import { type FileBytes, slice } from "./file-bytes.js";

/** APPNOTE.TXT 4.3.16, 4.3.12 and 4.3.7: end of central directory, its entries, local headers. */
const END_MAGIC = 0x06054b50;
const END_SIZE = 22;
const ENTRY_MAGIC = 0x02014b50;
const ENTRY_SIZE = 46;
const LOCAL_SIZE = 30;
const COMMENT_LIMIT = 0xffff;

export interface ArchiveMember {
  readonly bytes: FileBytes;
  /** Where it begins in the archive. */
  readonly offset: number;
}

/** An uncompressed member; undefined if there is none of that name, or the archive is broken. */
export function findMember(archive: FileBytes, name: string): ArchiveMember | undefined {
  const tailSize = Math.min(archive.size, END_SIZE + COMMENT_LIMIT);
  const tail = archive.read(archive.size - tailSize, tailSize);
  for (let at = tail.length - END_SIZE; at >= 0; at--) {
    // The comment ends the file: the same bytes inside one are no record.
    const commentSize = tail.readUInt16LE(at + 20);
    if (tail.readUInt32LE(at) !== END_MAGIC || at + END_SIZE + commentSize !== tail.length) continue;
    const directory = archive.read(tail.readUInt32LE(at + 16), tail.readUInt32LE(at + 12));
    return memberIn(archive, directory, name);
  }
  return undefined;
}

function memberIn(archive: FileBytes, directory: Buffer, name: string): ArchiveMember | undefined {
  for (let at = 0; at + ENTRY_SIZE <= directory.length && directory.readUInt32LE(at) === ENTRY_MAGIC; ) {
    const nameSize = directory.readUInt16LE(at + 28);
    const found = directory.toString("utf8", at + ENTRY_SIZE, at + ENTRY_SIZE + nameSize);
    if (found === name && directory.readUInt16LE(at + 10) === 0) {
      const localAt = directory.readUInt32LE(at + 42);
      const local = archive.read(localAt, LOCAL_SIZE);
      if (local.length < LOCAL_SIZE) return undefined;
      const offset = localAt + LOCAL_SIZE + local.readUInt16LE(26) + local.readUInt16LE(28);
      return { bytes: slice(archive, offset, directory.readUInt32LE(at + 24)), offset };
    }
    at += ENTRY_SIZE + nameSize + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return undefined;
}
