/**
 * A simulated kernel for BPF programs: made with maps and functions, it runs programs on events and shows
 * what they did. Deterministic: the same inputs give the same result on every machine.
 */
import { DEFAULT_ENVIRONMENT, type Environment, type Event } from "./environment.js";
import { VmFault } from "./fault.js";
import { Interpreter, type Linkage } from "./interpreter.js";
import { RunState } from "./machine.js";
import { indexKey, type MapSpec, SimulatedMap } from "./maps.js";
import { Memory, type Region } from "./memory.js";
import { type Code, prepare, type VmFunction } from "./program.js";

export type { Environment, Event, MemoryBlock } from "./environment.js";
export { ERRNO } from "./fault.js";
export { indexKey, type MapEntry, type MapSpec } from "./maps.js";
export type { VmFunction } from "./program.js";

export interface MachineOptions {
  /** Every function programs enter, call or pass as callback. */
  readonly functions: readonly VmFunction[];
  readonly maps?: readonly MapSpec[];
  /** What differs from `DEFAULT_ENVIRONMENT`. `cpus`, `seed` and `memory` are fixed here. */
  readonly environment?: Partial<Environment>;
  /** Instructions one run may execute. */
  readonly budget?: number;
}

export interface RunOptions {
  /** What r1 points to; without it r1 points to no bytes. */
  readonly context?: Uint8Array;
  readonly contextWritable?: boolean;
  /** What differs in this run from the machine's environment. */
  readonly environment?: Partial<Omit<Environment, "cpus" | "seed" | "memory">>;
}

interface Ran {
  readonly events: readonly Event[];
  /** Instructions executed. */
  readonly steps: number;
}

export interface Returned extends Ran {
  readonly kind: "returned";
  readonly r0: bigint;
}

/** The program did what the kernel would not allow; maps keep what was done before. */
export interface Faulted extends Ran {
  readonly kind: "fault";
  readonly reason: string;
  /** Function, index of the instruction in it (wide loads count once), and its text. */
  readonly functionName: string;
  readonly index: number;
  readonly text: string;
}

export type RunResult = Returned | Faulted;

const DEFAULT_BUDGET = 1_000_000;

/** Bits of the random generator's state must not all be zero. */
const SEED_SALT = 0x9e3779b9;

/**
 * Maps and memory outlive runs, as in the kernel; events are those of one run. Throws on a wrong set-up
 * (overlapping memory, unknown symbols in `run`), never on what a program does.
 */
export class Machine {
  private readonly memory = new Memory();
  private readonly base: Environment;
  private readonly budget: number;
  private readonly mapsByName = new Map<string, SimulatedMap>();
  private readonly mapsByAddress = new Map<bigint, SimulatedMap>();
  private readonly codeByName = new Map<string, Code>();
  private readonly codeByAddress = new Map<bigint, Code>();
  private readonly functionHandles = new Map<string, Region>();
  private randomState: number;

  constructor({ functions, maps = [], environment = {}, budget = DEFAULT_BUDGET }: MachineOptions) {
    this.base = { ...DEFAULT_ENVIRONMENT, ...environment };
    this.budget = budget;
    this.randomState = (this.base.seed ^ SEED_SALT) >>> 0 || SEED_SALT;
    for (const block of this.base.memory) {
      this.memory.register(block.space, block.address, block.bytes, block.name);
    }
    for (const spec of maps) {
      const map = new SimulatedMap(spec, this.memory, this.base.cpus);
      this.mapsByName.set(spec.name, map);
      this.mapsByAddress.set(map.handle.base, map);
    }
    for (const fn of functions) {
      const code = prepare(fn);
      const handle = this.memory.allocate("handle", `function ${fn.name}`, 0);
      this.codeByName.set(fn.name, code);
      this.codeByAddress.set(handle.base, code);
      this.functionHandles.set(fn.name, handle);
    }
  }

  /** A map by name, to look into or to fill. Throws when there is none. */
  map(name: string): SimulatedMap {
    const map = this.mapsByName.get(name);
    if (!map) throw new Error(`the machine has no map ${name}`);
    return map;
  }

  /** Runs a function as a program on one event. */
  run(functionName: string, options: RunOptions = {}): RunResult {
    const entry = this.code(functionName);
    const run = new RunState();
    const environment = { ...this.base, ...options.environment };
    const context = this.memory.allocate("context", "context", options.context ?? 0, {
      writable: options.contextWritable ?? false,
    });
    const interpreter: Interpreter = new Interpreter(
      this.linkage(environment, run, (code, args) => interpreter.call(code, args)),
      this.budget,
    );
    try {
      const r0 = interpreter.call(entry, [context.base]);
      checkReleased(run);
      return { kind: "returned", r0, events: run.events, steps: interpreter.steps };
    } catch (error) {
      if (!(error instanceof VmFault)) throw error;
      const at = interpreter.where() ?? { functionName, index: entry.insns.length - 1, text: "exit" };
      return { kind: "fault", reason: error.message, ...at, events: run.events, steps: interpreter.steps };
    } finally {
      interpreter.unwind();
      this.memory.release(context);
      for (const { region } of run.openRecords.values()) this.memory.release(region);
      for (const map of this.mapsByName.values()) map.settle();
    }
  }

  private linkage(
    environment: Environment,
    run: RunState,
    call: (code: Code, args: readonly bigint[]) => bigint,
  ): Linkage {
    return {
      memory: this.memory,
      environment,
      run,
      random: () => this.random(),
      mapAt: (address) => {
        const map = this.mapsByAddress.get(address);
        if (!map) throw new VmFault("a helper that wants a map got something else");
        return map;
      },
      callBack: (address, args) => {
        const code = this.codeByAddress.get(address);
        if (!code) throw new VmFault("a helper that wants a function got something else");
        return call(code, args);
      },
      code: (symbol) => this.code(symbol),
      functionAddress: (symbol) => {
        this.code(symbol);
        return (this.functionHandles.get(symbol) as Region).base;
      },
      mapAddress: (name) => this.map(name).handle.base,
      mapValueAddress: (name) => {
        const value = this.map(name).lookup(indexKey(0), environment.cpu);
        if (!value) throw new VmFault(`map ${name} has no element 0`);
        return value.base;
      },
    };
  }

  private code(name: string): Code {
    const code = this.codeByName.get(name);
    if (!code) throw new Error(`the machine has no function ${name}`);
    return code;
  }

  /** xorshift32 (Marsaglia): small and good enough to be different every time. */
  private random(): number {
    let x = this.randomState;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.randomState = x >>> 0;
    return this.randomState;
  }
}

/** What the verifier calls unreleased references. */
function checkReleased(run: RunState): void {
  if (run.openRecords.size > 0)
    throw new VmFault("exit with a reserved ring buffer record not submitted or discarded");
  if (run.heldLock !== undefined) throw new VmFault("exit with a spin lock held");
}
