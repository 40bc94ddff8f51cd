/**
 * node make-archive.mjs ARCHIVE NAME FILE: a ZIP archive with one member, not compressed and at a whole page, as Android
 * packs libraries that are mapped where they lie. Check sums are left out: nothing here looks at them.
 */
import { readFileSync, writeFileSync } from "node:fs";

const PAGE = 4096;
const [archive, name, file] = process.argv.slice(2);
const text = Buffer.from(name);
const bytes = readFileSync(file);

/** Fields of ZIP's records: APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16. */
function record(...fields) {
  return Buffer.concat(
    fields.map(([size, value]) => {
      const field = Buffer.alloc(size);
      field.writeUIntLE(value, 0, size);
      return field;
    }),
  );
}
const [u16, u32] = [(value) => [2, value], (value) => [4, value]];
const common = (extra) => [
  u16(10),
  u16(0),
  u16(0),
  u32(0),
  u32(0),
  u32(bytes.length),
  u32(bytes.length),
  u16(text.length),
  u16(extra),
];
const padding = PAGE - 30 - text.length;
const local = Buffer.concat([record(u32(0x04034b50), ...common(padding)), text, Buffer.alloc(padding)]);
const central = Buffer.concat([
  record(u32(0x02014b50), u16(10), ...common(0), u16(0), u16(0), u16(0), u32(0), u32(0)),
  text,
]);
const end = record(
  u32(0x06054b50),
  u16(0),
  u16(0),
  u16(1),
  u16(1),
  u32(central.length),
  u32(local.length + bytes.length),
  u16(0),
);
writeFileSync(archive, Buffer.concat([local, bytes, central, end]));
