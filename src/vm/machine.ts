/**
 * What helpers see of the machine: memory, maps, the environment and the traces a run leaves. The
 * interpreter owns one and adds the ability to call BPF functions back.
 */
import type { Environment, Event } from "./environment.js";
import { VmFault } from "./fault.js";
import type { SimulatedMap } from "./maps.js";
import { hex, type Memory, type Region } from "./memory.js";

/** State of one run that helpers read and change. */
export class RunState {
  readonly events: Event[] = [];
  /** Ring buffer records reserved and not yet submitted or discarded, by address. */
  readonly openRecords = new Map<bigint, { readonly map: SimulatedMap; readonly region: Region }>();
  /** Dynptrs by the address of their 16 bytes. */
  readonly dynptrs = new Map<bigint, Dynptr>();
  /** Address of the spin lock held, if any. */
  heldLock: bigint | undefined;
  /** How far the clocks moved in this run. */
  elapsedNs = 0n;
  userSamplesTaken = 0;
}

/** What a dynptr stands for: a stretch of a region. */
export interface Dynptr {
  readonly region: Region;
  readonly offset: number;
  readonly size: number;
  readonly writable: boolean;
}

/** The five argument registers. */
export type Args = readonly [bigint, bigint, bigint, bigint, bigint];

export interface HelperContext {
  readonly memory: Memory;
  readonly environment: Environment;
  readonly run: RunState;
  /** Next number of the machine's random sequence, 32 bits. */
  random(): number;
  /** The map a reference in a register stands for; faults when it stands for none. */
  mapAt(address: bigint): SimulatedMap;
  /** Calls a BPF function by its address. */
  callBack(address: bigint, args: readonly bigint[]): bigint;
}

/** A helper's behaviour: takes r1-r5 (those the helper has not are meaningless), gives r0. */
export type HelperBody = (vm: HelperContext, args: Args) => bigint;

/** Most bytes a helper may be asked to move: more is a bug of the program, not a request. */
const MAX_SIZE = 1 << 24;

/** A size argument as a number. */
export function sizeArg(value: bigint, what: string): number {
  if (value > BigInt(MAX_SIZE)) throw new VmFault(`${what} ${hex(value)} is out of all bounds`);
  return Number(value);
}

/** The low 32 bits as a signed number: how helpers take int arguments. */
export function intArg(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}
