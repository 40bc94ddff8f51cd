/**
 * The walk of a program's stack by unwind tables, for what is built without frame pointers. The loader makes the tables
 * of each traced process' files (`runtime/unwind-rows.c`) and keeps three maps of the runtime filled:
 *
 *   processes  HASH_OF_MAPS: process -> ARRAY of {u64 start, u64 end, u64 file offset, u64 table}, by start
 *   tables     HASH_OF_MAPS: table -> ARRAY of rows {u64 file offset, s32 cfa, s16 fp, u8 rule, u8 how fp is kept}
 *   walked     HASH: id of a stack -> {u64 count, u64 frames[127]}, for the loader to read
 *
 * Element 0 of an inner array holds their number only. A row holds from its offset to that of the next one.
 * Code without a row (made at run time, or of a file without tables) is walked by its frame pointer.
 *
 * The walk itself is in `unwind-step.ts`.
 */
import type { Span } from "../base/span.js";
import type { ValueId } from "../ir/ir.js";
import { irNullable, irPtr } from "../ir/types.js";
import { currentProcess } from "../lang/lowering/process.js";
import { archOf } from "../target/arch.js";
import { fail } from "./failures.js";
import type { FunctionLowering } from "./function.js";
import type { UnwindMaps } from "./module.js";
import { STATE, STATE_SIZE, stepOf } from "./unwind-step.js";

/** What bpf_get_stackid says where there is no stack. */
const EFAULT = 14;
/** Ids of walked stacks: no id of bpf_get_stackid, with or without a length above it, nor an errno has this bit alone. */
const WALKED = 1n << 62n;

/** Where the walk of one program begins: yields the stack's id, or a negative errno if there is none. */
export function walkStack(f: FunctionLowering, depth: number, span: Span): ValueId {
  const { b } = f;
  if (f.target.arch !== "x86_64") {
    f.log.error("TB5003", span, "dw_ustack is only available on x86_64", "use ustack");
    return b.constInt(0);
  }
  if (!f.target.features.bpfLoop) {
    f.log.error("TB5003", span, "dw_ustack needs bpf_loop, which kernels have since 5.17", "use ustack");
    return b.constInt(0);
  }
  const { module } = f.probe;
  const maps = module.unwindMaps();
  const state = f.address(f.temp(STATE_SIZE));
  const result = b.declareVariable();
  b.writeVariable(result, b.constInt(-EFAULT));
  const key = b.slotAddr(b.slot(4, 4, "process"));
  b.store(key, 0, 4, currentProcess(f));
  const mappings = b.helper("map_lookup_elem", [b.mapRef(maps.processes), key], irNullable("map"));
  f.when(
    mappings,
    () => {
      begin(f, state);
      const frame = b.slotAddr(b.slot(16, 8, "unwind"));
      b.store(frame, 0, 8, state);
      b.store(frame, 8, 8, mappings);
      b.helperVoid("loop", [b.constInt(depth), b.funcRef(stepOf(module, maps)), frame, b.constInt(0)]);
      b.writeVariable(result, keep(f, maps, state, span));
    },
    () => fail(f, { message: NOT_PREPARED }, span),
  );
  return b.readVariable(result);
}

const NOT_PREPARED = "No DWARF unwind data available for this process. Name it with -p, -c or --dwarf-pid.";

/** The registers the process was left with when it entered the kernel, whatever probe this is. */
function begin(f: FunctionLowering, state: ValueId): void {
  const { b } = f;
  const { ip, sp, fp } = archOf(f.target.arch);
  const task = b.helper("get_current_task_btf", [], irPtr("btf"));
  const registers = b.helper("task_pt_regs", [task], irPtr("btf"));
  b.store(state, STATE.ip, 8, b.load(registers, ip, 8));
  b.store(state, STATE.sp, 8, b.load(registers, sp, 8));
  b.store(state, STATE.fp, 8, b.load(registers, fp, 8));
  b.store(state, STATE.hash, 8, b.constInt(0));
  b.store(state, STATE.exact, 8, b.constInt(1));
  b.store(state, STATE.count, 8, b.constInt(0));
}

/** Keeps the stack for the loader, if it is a new one. */
function keep(f: FunctionLowering, maps: UnwindMaps, state: ValueId, span: Span): ValueId {
  const { b } = f;
  const hash = b.load(state, STATE.hash, 8);
  const id = b.arith("or", b.arith("lshr", hash, b.constInt(2)), b.constInt(WALKED));
  b.store(state, STATE.wanted, 8, id);
  const key = b.fieldAddr(state, STATE.wanted);
  const known = b.helper("map_lookup_elem", [b.mapRef(maps.walked), key], irNullable("map_value"));
  f.when(b.compare("eq", known, b.nullPtr(irNullable("map_value"))), () => {
    const value = b.fieldAddr(state, STATE.count);
    const args = [b.mapRef(maps.walked), key, value, b.constInt(0)];
    f.noteFailure("map_update_elem", b.helper("map_update_elem", args), span);
  });
  return id;
}

/** Frames of a stack that was kept, by its id; `otherwise` of one that was not walked by tables. */
export function walkedLength(f: FunctionLowering, id: ValueId, otherwise: () => ValueId): ValueId {
  const { b } = f;
  const { module } = f.probe;
  return f.choose(
    b.compare("eq", b.arith("lshr", id, b.constInt(62)), b.constInt(1)),
    () => {
      const key = b.slotAddr(b.slot(8, 8, "walked"));
      b.store(key, 0, 8, id);
      const at = b.helper(
        "map_lookup_elem",
        [b.mapRef(module.unwindMaps().walked), key],
        irNullable("map_value"),
      );
      const count = b.declareVariable();
      b.writeVariable(count, b.constInt(0));
      f.when(at, () => b.writeVariable(count, b.load(at, 0, 8)));
      return b.readVariable(count);
    },
    otherwise,
  );
}
