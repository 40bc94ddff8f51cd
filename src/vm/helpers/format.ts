/** The kernel's own printf, as snprintf and trace_printk offer it to BPF (bpf_bprintf_prepare). */
import { ERRNO } from "../fault.js";
import type { Memory } from "../memory.js";

/** A string of at most `limit` bytes without its NUL; undefined when the first byte cannot be read. */
export function probedText(
  memory: Memory,
  address: bigint,
  limit: number,
  space: "kernel" | "user" | "either",
): Uint8Array | undefined {
  const bytes: number[] = [];
  while (bytes.length < limit) {
    const byte = memory.probe(address + BigInt(bytes.length), 1, space)?.[0];
    if (byte === undefined) return undefined;
    if (byte === 0) break;
    bytes.push(byte);
  }
  if (limit === 0 && !memory.probe(address, 1, space)) return undefined;
  return Uint8Array.from(bytes);
}

/** Longest format and longest `%s` the machine follows. */
const LIMIT = 4096;

const SPEC = /%(%|([-+ 0#]*)(\d*)(hh|h|ll|l|)([dixXuc])|(p[A-Za-z0-9]*)|(-?\d*)s)/g;

/** Formatted bytes, or -EINVAL for a conversion the kernel does not know or too few values. */
export function format(memory: Memory, fmt: bigint, values: readonly bigint[]): Uint8Array | bigint {
  const pattern = probedText(memory, fmt, LIMIT, "kernel");
  if (!pattern) return ERRNO.EFAULT;
  let next = 0;
  let bad = false;
  const take = () => {
    const value = values[next++];
    if (value === undefined) bad = true;
    return value ?? 0n;
  };
  const source = latin1(pattern);
  const text = source.replace(
    SPEC,
    (whole, all: string, flags: string, width: string, length: string, type: string) => {
      if (all === "%") return "%";
      if (type !== undefined) return number(flags, width, length, type, take());
      if (all.startsWith("p")) return take().toString(16).padStart(16, "0");
      const string = latin1(probedText(memory, take(), LIMIT, "either") ?? new Uint8Array(0));
      const columns = Number.parseInt(all, 10) || 0;
      return whole.startsWith("%-") ? string.padEnd(-columns) : string.padStart(columns);
    },
  );
  if (bad || source.replace(SPEC, "").includes("%")) return ERRNO.EINVAL;
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

function number(flags: string, width: string, length: string, type: string, value: bigint): string {
  if (type === "c") return String.fromCharCode(Number(value & 0xffn));
  const bits = length === "hh" ? 8 : length === "h" ? 16 : length === "" ? 32 : 64;
  const signed = type === "d" || type === "i";
  const amount = signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
  const radix = type === "x" || type === "X" ? 16 : 10;
  const magnitude = (amount < 0n ? -amount : amount).toString(radix);
  const digits = type === "X" ? magnitude.toUpperCase() : magnitude;
  const plus = signed && flags.includes("+") ? "+" : signed && flags.includes(" ") ? " " : "";
  const prefix = flags.includes("#") && radix === 16 ? `0${type}` : "";
  const sign = (amount < 0n ? "-" : plus) + prefix;
  const columns = Number(width || 0);
  if (flags.includes("-")) return (sign + digits).padEnd(columns);
  if (flags.includes("0")) return sign + digits.padStart(columns - sign.length, "0");
  return (sign + digits).padStart(columns);
}

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}
