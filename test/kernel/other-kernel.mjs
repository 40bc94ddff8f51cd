/**
 * Turns a target profile into that of another kernel: `node other-kernel.mjs IN OUT STRUCT...` moves all members but
 * the first of each struct, the kernel's or a module's, eight bytes back, as a new member before them would. OLD=NEW among the structs gives all that
 * is named OLD another name of the same length.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";

/** Bytes behind the 12 of struct btf_type: fixed by kind, or for each of vlen (include/uapi/linux/btf.h). */
const fixed = { 1: 4, 3: 12, 14: 4, 17: 4 };
const each = { 4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12 };

const [from, to, ...wanted] = process.argv.slice(2);
const structs = wanted.filter((word) => !word.includes("="));
const profile = JSON.parse(brotliDecompressSync(readFileSync(from)).toString());
let found = 0;

/** Changes one BTF in place. `base`: length of the kernel's strings, which a module's come behind. */
function change(btf, base) {
  const [header, types, typesLength, strings] = [4, 8, 12, 16].map((at) => btf.readUInt32LE(at));
  const text = (offset) => {
    if (offset < base) return "";
    const start = header + strings + offset - base;
    return btf.toString("utf8", start, btf.indexOf(0, start));
  };
  for (const [old, name] of wanted.filter((word) => word.includes("=")).map((word) => word.split("="))) {
    const at = btf.indexOf(`\0${old}\0`, header + strings);
    if (old.length !== name.length || (at < 0 && base === 0)) throw new Error(`${old} cannot become ${name}`);
    if (at >= 0) btf.write(name, at + 1);
  }
  for (let at = header + types; at < header + types + typesLength; ) {
    const info = btf.readUInt32LE(at + 4);
    const [kind, count] = [(info >>> 24) & 31, info & 0xffff];
    if (kind === 4 && structs.includes(text(btf.readUInt32LE(at)))) {
      found++;
      btf.writeUInt32LE(btf.readUInt32LE(at + 8) + 8, at + 8);
      // The low 24 bits are the offset also where the rest is a bit-field's width.
      for (let member = at + 24; member < at + 12 + 12 * count; member += 12) {
        btf.writeUInt32LE(btf.readUInt32LE(member + 8) + 64, member + 8);
      }
    }
    at += 12 + (fixed[kind] ?? 0) + (each[kind] ?? 0) * count;
  }
  return btf.toString("base64");
}

const kernel = Buffer.from(profile.btf, "base64");
const stringsLength = kernel.readUInt32LE(20);
profile.btf = change(kernel, 0);
for (const [name, btf] of Object.entries(profile.modules ?? {}))
  if (typeof btf === "string") profile.modules[name] = change(Buffer.from(btf, "base64"), stringsLength);
if (found < structs.length) throw new Error("not all structs were found");
writeFileSync(
  to,
  brotliCompressSync(JSON.stringify(profile), { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
);
