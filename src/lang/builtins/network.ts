/** Addresses of networks. */
import { integerOf } from "../../types/compat.js";
import { sizeOf } from "../../types/layout.js";
import { printType, baseTypeName } from "../../types/print.js";
import { intType, type Type, uint64 } from "../../types/type.js";
import type { BuiltinEntry } from "../builtin.js";

/** Bytes of an IPv4 or IPv6 address in text form; undefined if it is neither. */
function parseAddress(text: string): readonly number[] | undefined {
  const v4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (v4 !== null) {
    // "01" may be meant as octal: inet_pton(3) takes none.
    const bytes = v4.slice(1).map((part) => (/^0\d/.test(part) ? Number.NaN : Number(part)));
    return bytes.every((byte) => byte < 256) ? bytes : undefined;
  }
  if (!text.includes(":")) return undefined;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const groups = (half: string): number[] | undefined => {
    if (half === "") return [];
    const out: number[] = [];
    const parts = half.split(":");
    for (const [index, part] of parts.entries()) {
      if (part.includes(".") && index === parts.length - 1) {
        const tail = parseAddress(part);
        if (tail === undefined) return undefined;
        out.push(...tail);
      } else if (/^[0-9a-f]{1,4}$/i.test(part)) {
        const word = Number.parseInt(part, 16);
        out.push(word >> 8, word & 0xff);
      } else return undefined;
    }
    return out;
  };
  const [head, tail] = [groups(halves[0] ?? ""), groups(halves[1] ?? "")];
  if (head === undefined || tail === undefined) return undefined;
  const gap = 16 - head.length - tail.length;
  if (halves.length === 1 ? gap !== 0 : gap < 1) return undefined;
  return [...head, ...new Array<number>(gap).fill(0), ...tail];
}

/** AF_INET and AF_INET6 of include/linux/socket.h. */
const FAMILY = { v4: 2n, v6: 10n } as const;

export const networkFunctions: readonly BuiltinEntry[] = [
  {
    name: "ntop",
    kind: "function",
    signatures: [
      "inet ntop([int64 family, ] int address)",
      "inet ntop([int64 family, ] char address[4 or 16])",
    ],
    arity: [1, 2],
    doc: "An IPv4 or IPv6 address as text.",
    example: "begin { print(ntop(0x0100007f)); exit(); }",
    rule: (site) => {
      const last = site.args.length - 1;
      const value = site.value(last);
      if (value === undefined) return undefined;
      const isInteger = integerOf(value.type) !== undefined;
      const bytes = isInteger ? 4 : sizeOf(value.type);
      const memory =
        value.type.kind === "array" || value.type.kind === "string" || value.type.kind === "struct";
      if (!isInteger && !memory) {
        return site.error(
          "TB3004",
          `ntop() expects an integer or array argument, got ${printType(value.type)}`,
          site.spanOf(last),
        );
      }
      if (bytes !== 4 && bytes !== 16) {
        return site.error("TB3004", "ntop() argument must be 4 or 16 bytes in size", site.spanOf(last));
      }
      const address = isInteger ? site.convert(value, intType(32, false)) : value;
      if (site.args.length === 1) {
        return site.call(
          { kind: "inet" },
          { args: [address], numbers: [bytes === 4 ? FAMILY.v4 : FAMILY.v6] },
        );
      }
      const constant = site.integerIf(0);
      if (constant !== undefined)
        return site.call({ kind: "inet" }, { args: [address], numbers: [constant] });
      const family = site.integerValue(0, false);
      return family === undefined
        ? undefined
        : site.call({ kind: "inet" }, { args: [site.convert(family, uint64), address] });
    },
  },
  {
    name: "pton",
    kind: "function",
    signatures: ["uint8[4] pton(const string address)", "uint8[16] pton(const string address)"],
    arity: [1, 1],
    doc: "An address in text form as bytes, in network order.",
    example: 'begin { print(pton("127.0.0.1")); exit(); }',
    rule: (site) => {
      const text = site.text(0);
      if (text === undefined) return undefined;
      const bytes = parseAddress(text);
      if (bytes === undefined) {
        return site.error("TB3004", `pton() expects a valid IPv4/IPv6 address, got ${text}`, site.spanOf(0));
      }
      const type: Type = { kind: "array", element: intType(8, false), length: bytes.length };
      return site.call(type, { numbers: bytes.map(BigInt) });
    },
  },
  {
    name: "macaddr",
    kind: "function",
    signatures: ["mac_address macaddr(char address[6])"],
    arity: [1, 1],
    doc: "An Ethernet address as text.",
    example: "fentry:dev_queue_xmit { print(macaddr(args.skb.data)); exit(); }",
    rule: (site) => {
      const value = site.value(0);
      if (value === undefined) return undefined;
      const { type } = value;
      const isAddress = type.kind === "pointer" || integerOf(type) !== undefined;
      if (!isAddress && type.kind !== "array" && type.kind !== "string") {
        return site.error(
          "TB3004",
          `macaddr() only supports array or pointer arguments (${baseTypeName(type)} provided)`,
          site.spanOf(0),
        );
      }
      if (value.kind === "string") {
        return site.error("TB3004", "macaddr() does not support literal string arguments", site.spanOf(0));
      }
      if (!isAddress && sizeOf(type) < 6) {
        return site.error("TB3004", "macaddr() argument must be at least 6 bytes in size", site.spanOf(0));
      }
      return site.call({ kind: "mac" }, { args: [value], text: site.spaceOf(value) });
    },
  },
];
