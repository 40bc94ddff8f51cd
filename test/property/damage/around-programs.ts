/** Sound files around programs, made by hand: archives that hold one, and the dynamic linker's cache. */

const LOCAL_SIZE = 30;
const ENTRY_SIZE = 46;
const END_SIZE = 22;

/** A ZIP archive of one member, stored as it is (APPNOTE.TXT 4.3); checksums are left zero, for nobody looks at them. */
export function storedArchive(memberName: string, contents: Buffer, comment = ""): Buffer {
  const name = Buffer.from(memberName);
  const local = Buffer.alloc(LOCAL_SIZE);
  local.writeUInt32LE(0x04034b50);
  local.writeUInt32LE(contents.length, 18);
  local.writeUInt32LE(contents.length, 22);
  local.writeUInt16LE(name.length, 26);
  const entry = Buffer.alloc(ENTRY_SIZE);
  entry.writeUInt32LE(0x02014b50);
  entry.writeUInt32LE(contents.length, 20);
  entry.writeUInt32LE(contents.length, 24);
  entry.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(END_SIZE);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(ENTRY_SIZE + name.length, 12);
  end.writeUInt32LE(LOCAL_SIZE + name.length + contents.length, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([local, name, contents, entry, name, end, Buffer.from(comment)]);
}

/** glibc's cache (dl-cache.h, struct cache_file_new) of libraries and their paths. */
export function linkerCache(libraries: readonly (readonly [name: string, path: string])[]): Buffer {
  const records = Buffer.alloc(48 + libraries.length * 24);
  records.write("glibc-ld.so.cache1.1", "latin1");
  records.writeUInt32LE(libraries.length, 20);
  let text = "";
  libraries.forEach(([name, path], index) => {
    records.writeUInt32LE(records.length + text.length, 48 + index * 24 + 4);
    records.writeUInt32LE(records.length + text.length + name.length + 1, 48 + index * 24 + 8);
    text += `${name}\0${path}\0`;
  });
  return Buffer.concat([records, Buffer.from(text)]);
}
