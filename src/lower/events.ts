/**
 * Records for the loader: reserve room in the ring buffer, write the arguments straight into it, submit.
 *
 * A reserved record must be submitted on every path, so what has side effects or may end the program is
 * evaluated before; the rest is written in place, without a copy. Wake-ups are left to the kernel, which only
 * signals the reader when it had caught up: a busy reader costs the traced program no notification.
 */
import type { Span } from "../base/span.js";
import type { TypedExpression } from "../check/typed-program.js";
import type { ValueId } from "../ir/ir.js";
import { irNullable } from "../ir/types.js";
import type { EventArgument, EventRequest, Memory } from "../lang/lowering/context.js";
import { lowerings } from "../lang/lowering/index.js";
import type { ManifestMember } from "../object/manifest.js";
import { alignOf, roundUp, sizeOf } from "../types/layout.js";
import type { FunctionLowering } from "./function.js";
import { manifestType } from "./manifest-type.js";
import { countLost } from "./failures.js";
import { storeScalar, storeUnit } from "./memory.js";
import { alignAt, asAlign, isScalar } from "./scalars.js";

/** The u32 index of the event. */
const RECORD_HEAD = 4;

export function argument(f: FunctionLowering, e: TypedExpression): EventArgument {
  const shape = {
    type: manifestType(e.type, f.probe.module),
    size: sizeOf(e.type),
    align: asAlign(alignOf(e.type)),
  };
  if (isScalar(e.type)) {
    const value = f.scalar(e);
    return { ...shape, fill: (to) => storeScalar(f, to, e.type, value) };
  }
  if (isPure(e)) return { ...shape, fill: (to) => f.scoped(() => f.into(e, to)) };
  const at = f.memory(e);
  return { ...shape, fill: (to) => f.copy(to, at, shape.size) };
}

/** An unsigned 64-bit argument. */
export function number(f: FunctionLowering, value: ValueId): EventArgument {
  const type = { kind: "int", size: 8, signed: false } as const;
  return { type, size: 8, align: 8, fill: (to) => storeUnit(f, to, 8, value) };
}

/** Changes nothing and never ends the program: may be evaluated late, or not at all if the ring is full. */
function isPure(e: TypedExpression): boolean {
  switch (e.kind) {
    case "constant":
    case "string":
    case "local":
      return true;
    case "map":
      return e.key === undefined || isPure(e.key);
    case "convert":
    case "negate":
    case "invert":
    case "not":
      return isPure(e.value);
    case "arithmetic":
    case "compare":
    case "logical":
      return isPure(e.left) && isPure(e.right);
    case "ternary":
      return isPure(e.condition) && isPure(e.then) && isPure(e.otherwise);
    case "dereference":
      return isPure(e.pointer);
    case "field":
      return isPure(e.object);
    case "index":
      return isPure(e.array) && isPure(e.index);
    case "pointer_add":
      return isPure(e.pointer) && isPure(e.index);
    case "tuple":
      return e.elements.every(isPure);
    case "element":
      return isPure(e.tuple);
    case "call":
      return lowerings.get(e.call.name)?.straight === true && e.call.args.every(isPure);
    case "step":
    case "update":
    case "address_of":
    case "block":
      return false;
  }
}

/** Where a record's arguments lie, its size, and its index among the manifest's events. */
function describe(f: FunctionLowering, request: EventRequest, span: Span) {
  const { module } = f.probe;
  const args = request.args ?? [];
  let end = RECORD_HEAD;
  const offsets = args.map((arg) => {
    const at = roundUp(end, arg.align);
    end = at + arg.size;
    return at;
  });
  const size = roundUp(end, 8);
  const index = module.event({
    kind: request.kind,
    size,
    format: request.format ?? "",
    args: args.map((arg, i): ManifestMember => ({ name: "", offset: offsets[i] ?? 0, type: arg.type })),
    map: request.map ?? -1,
    places: PLACED.has(request.kind)
      ? [span, ...(request.expandedFrom ?? [])].map((each) => module.place(each))
      : [],
  });
  return { index, size, offsets };
}

function fillRecord(f: FunctionLowering, to: Memory, request: EventRequest, record: Described): void {
  f.b.store(to.base, to.offset, RECORD_HEAD, f.b.constInt(record.index));
  for (const [i, arg] of (request.args ?? []).entries()) {
    const offset = record.offsets[i] ?? 0;
    arg.fill({ ...to, offset: to.offset + offset, align: alignAt(8, offset) });
  }
}

type Described = ReturnType<typeof describe>;

export function recordInMemory(
  f: FunctionLowering,
  request: EventRequest,
  span: Span,
): { readonly at: Memory; readonly size: number } {
  const record = describe(f, request, span);
  const at = f.temp(record.size);
  fillRecord(f, at, request, record);
  return { at, size: record.size };
}

export function send(f: FunctionLowering, request: EventRequest, span: Span): void {
  const { b } = f;
  const { module } = f.probe;
  const described = describe(f, request, span);
  const { size } = described;
  const record = b.helper(
    "ringbuf_reserve",
    [b.mapRef(module.ring()), b.constInt(size), b.constInt(0)],
    irNullable("ringbuf"),
  );
  f.when(
    record,
    () => {
      fillRecord(f, { kind: "memory", base: record, offset: 0, align: 8 }, request, described);
      b.helperVoid("ringbuf_submit", [record, b.constInt(0)]);
    },
    () => countLost(f),
  );
}

/** Events whose output names the place of the call; the place of others would only keep equal events apart. */
const PLACED: ReadonlySet<EventRequest["kind"]> = new Set(["errorf", "warnf", "helper_error"]);
