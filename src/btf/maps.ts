/**
 * BTF-defined maps, libbpf's way of declaring a map: a variable in section `.maps` whose struct type
 * encodes each number as `int (*name)[number]` and each type as a pointer to it.
 */
import type { BtfBuilder, PlainMember } from "./encode.js";
import type { BtfTypeId } from "./types.js";

/** What a map declares. Types give key and value sizes; where a map has no types (stacks), give sizes in bytes. */
export interface MapDefinition {
  /** BPF_MAP_TYPE_* number. */
  readonly type: number;
  readonly key?: BtfTypeId;
  readonly value?: BtfTypeId;
  readonly keySize?: number;
  readonly valueSize?: number;
  readonly maxEntries: number;
  /** BPF_F_* flags. */
  readonly flags?: number;
}

/** Adds the struct type that declares the map. Its variable takes `size` bytes of section `.maps`. */
export function mapDefinition(btf: BtfBuilder, map: MapDefinition): { type: BtfTypeId; size: number } {
  const int = btf.int("int", 4, true);
  const fields: [string, BtfTypeId][] = [];
  const number = (name: string, value: number | undefined): void => {
    if (value !== undefined) fields.push([name, btf.ptr(btf.array(int, value))]);
  };
  number("type", map.type);
  if (map.key !== undefined) fields.push(["key", btf.ptr(map.key)]);
  else number("key_size", map.keySize);
  if (map.value !== undefined) fields.push(["value", btf.ptr(map.value)]);
  else number("value_size", map.valueSize);
  number("max_entries", map.maxEntries);
  number("map_flags", map.flags === 0 ? undefined : map.flags);
  const members = fields.map(([name, type], i): PlainMember => ({ name, type, offset: i * 8 }));
  return { type: btf.struct("", members.length * 8, members), size: members.length * 8 };
}
