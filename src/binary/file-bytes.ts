/** Files read piece by piece: a program with debug information may be larger than memory should hold. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

export interface FileBytes {
  readonly size: number;
  /** Exactly these bytes; shorter only where the file ends. */
  read(offset: number, length: number): Buffer;
}

/** A file of this machine; undefined if it cannot be opened. Nothing stays open between reads. */
export function hostFile(path: string): FileBytes | undefined {
  const size = withFile(path, (fd) => {
    const status = fstatSync(fd);
    return status.isFile() ? status.size : undefined;
  });
  if (size === undefined) return undefined;
  return {
    size,
    read: (offset, length) => {
      // Lengths come from the file itself: a forged one must not cost its memory.
      const there = Math.max(0, Math.min(length, size - offset));
      return withFile(path, (fd) => readAt(fd, offset, there)) ?? Buffer.alloc(0);
    },
  };
}

/** Bytes already in memory. */
export function memoryFile(bytes: Buffer): FileBytes {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

/** A part of another file: a member of an archive. */
export function slice(file: FileBytes, start: number, size: number): FileBytes {
  return {
    size,
    read: (offset, length) => file.read(start + offset, Math.max(0, Math.min(length, size - offset))),
  };
}

function withFile<T>(path: string, use: (fd: number) => T): T | undefined {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch {
    return undefined;
  }
  try {
    return use(fd);
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}

function readAt(fd: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const got = readSync(fd, bytes, done, length - done, offset + done);
    if (got === 0) break;
    done += got;
  }
  return bytes.subarray(0, done);
}
