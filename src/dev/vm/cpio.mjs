/**
 * Writes initramfs archives: the "newc" form of cpio (Documentation/driver-api/early-userspace/buffer-format.rst).
 * Several archives behind one another are one initramfs; later files replace earlier ones.
 */
import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readlinkSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";

const FOLDER = 0o040755;
const FILE = 0o100000;
const LINK = 0o120777;

/** An archive being written. Folders above an entry come by themselves. */
export class CpioWriter {
  #fd;
  #inode = 0;
  #seen = new Set(["/", "."]);

  constructor(path) {
    this.#fd = openSync(path, "w");
  }

  has(path) {
    return this.#seen.has(path);
  }

  folder(path) {
    if (this.#seen.has(path)) return;
    this.folder(dirname(path));
    this.#entry(path, FOLDER, 0, Buffer.alloc(0));
  }

  /** Bytes as a file. */
  file(path, data, permissions = 0o644, mtime = 0) {
    this.folder(dirname(path));
    this.#entry(path, FILE | permissions, mtime, Buffer.from(data));
  }

  link(path, to) {
    this.folder(dirname(path));
    this.#entry(path, LINK, 0, Buffer.from(to));
  }

  /** A file, link or whole folder of this machine; `wanted(path)` leaves out what it refuses. */
  copy(from, to = from, wanted = () => true) {
    if (this.#seen.has(to) || !wanted(from)) return;
    const status = lstatSync(from);
    if (status.isSymbolicLink()) this.link(to, readlinkSync(from));
    else if (status.isDirectory()) {
      this.folder(to);
      for (const name of readdirSync(from)) this.copy(join(from, name), join(to, name), wanted);
    } else if (status.isFile())
      this.file(to, readFileSync(from), status.mode & 0o7777, Math.floor(status.mtimeMs / 1000));
  }

  #entry(path, mode, mtime, data) {
    if (this.#seen.has(path)) return;
    this.#seen.add(path);
    this.#write(path.replace(/^\//, ""), mode, mtime, data);
  }

  /** Header: magic, then 13 numbers of 8 hexadecimal digits; name and data are padded to 4 bytes. */
  #write(name, mode, mtime, data) {
    const inode = ++this.#inode;
    const numbers = [inode, mode, 0, 0, 1, mtime, data.length, 0, 0, 0, 0, name.length + 1, 0];
    const hex = numbers.map((number) => number.toString(16).padStart(8, "0")).join("");
    const head = Buffer.from(`070701${hex}${name}\0`, "latin1");
    writeSync(this.#fd, Buffer.concat([head, padding(head.length)]));
    writeSync(this.#fd, Buffer.concat([data, padding(data.length)]));
  }

  close() {
    this.#write("TRAILER!!!", 0, 0, Buffer.alloc(0));
    closeSync(this.#fd);
  }
}

const padding = (length) => Buffer.alloc((4 - (length % 4)) % 4);
