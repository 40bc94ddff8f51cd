/** What each kind of typed node becomes, as the function being built is handed it: `lower.ts` fills the table in. */
import type { Span } from "../base/span.js";
import type { MapId, TypedExpression, TypedStatement } from "../check/typed-program.js";
import type { ValueId } from "../ir/ir.js";
import type { EventArgument, EventRequest, Location, MapPlan, Memory } from "../lang/lowering/context.js";
import type { FunctionLowering } from "./function.js";

/** Meaning of the language, a file each; handed in, because the files need each other in circles. */
export interface Rules {
  scalar(f: FunctionLowering, e: TypedExpression): ValueId;
  into(f: FunctionLowering, e: TypedExpression, to: Memory): void;
  locate(f: FunctionLowering, e: TypedExpression): Location;
  memory(f: FunctionLowering, e: TypedExpression): Memory;
  key(f: FunctionLowering, plan: MapPlan, key: TypedExpression | undefined): Memory;
  aggregate(f: FunctionLowering, plan: MapPlan, key: Memory): ValueId;
  countElements(f: FunctionLowering, map: MapId): ValueId;
  argument(f: FunctionLowering, e: TypedExpression): EventArgument;
  number(f: FunctionLowering, value: ValueId): EventArgument;
  statements(f: FunctionLowering, list: readonly TypedStatement[]): void;
  send(f: FunctionLowering, request: EventRequest, span: Span): void;
  record(
    f: FunctionLowering,
    request: EventRequest,
    span: Span,
  ): { readonly at: Memory; readonly size: number };
}
