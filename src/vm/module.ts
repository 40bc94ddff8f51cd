/** A machine for what the compiler made, without the detour over an object file. */
import type { Item } from "../bpf/insn.js";
import { MAP_TYPE, type MapTypeName } from "../bpf/constants.js";
import { Machine, type MachineOptions } from "./index.js";
import type { MapSpec } from "./maps.js";

/** The part of a compiled module the machine needs; `CompiledModule` of `codegen/` has this shape. */
export interface RunnableModule {
  readonly functions: readonly { readonly ir: { readonly name: string }; readonly items: readonly Item[] }[];
  readonly module: {
    readonly maps: readonly {
      readonly symbol: string;
      /** enum bpf_map_type */
      readonly type: number;
      readonly keySize: number;
      readonly valueSize: number;
      readonly maxEntries: number;
    }[];
    readonly rodata: Uint8Array;
  };
}

/** Name of the map libbpf makes of the section of the same name. */
const RODATA = ".rodata";

/** All functions, maps and constants of a module, ready to run by function name. */
export function machineFor(
  compiled: RunnableModule,
  options: Omit<MachineOptions, "functions" | "maps"> = {},
): Machine {
  const { maps, rodata } = compiled.module;
  const specs = maps.map(
    ({ symbol, type, keySize, valueSize, maxEntries }): MapSpec => ({
      name: symbol,
      type: mapTypeName(type),
      keySize,
      valueSize,
      maxEntries,
    }),
  );
  if (rodata.length > 0) specs.push(rodataSpec(rodata));
  const functions = compiled.functions.map(({ ir, items }) => ({ name: ir.name, items }));
  return new Machine({ ...options, functions, maps: specs });
}

function rodataSpec(content: Uint8Array): MapSpec {
  return {
    name: RODATA,
    type: "array",
    keySize: 4,
    valueSize: content.length,
    maxEntries: 1,
    initial: content,
    readOnly: true,
  };
}

const NAMES = new Map<number, MapTypeName>(
  (Object.keys(MAP_TYPE) as MapTypeName[]).map((name) => [MAP_TYPE[name], name]),
);

function mapTypeName(type: number): MapTypeName {
  const name = NAMES.get(type);
  if (name === undefined) throw new Error(`there is no map type ${type}`);
  return name;
}
