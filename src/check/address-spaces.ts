/** Which address space an address belongs to, when its type does not say. */
import type { PointerSpace } from "../types/type.js";
import type { Checker } from "./checker.js";
import type { TypedExpression } from "./typed-program.js";

/** Where an address lies: by its type, by where it came from, else by the probe. */
export function spaceOf(c: Checker, value: TypedExpression): PointerSpace {
  if (value.type.kind === "pointer") return value.type.space;
  return originOf(c, value) ?? c.probe.space;
}

/** The address space an integer or piece of memory came from. */
function originOf(c: Checker, value: TypedExpression): PointerSpace | undefined {
  if (value.type.kind === "pointer") return value.type.space;
  switch (value.kind) {
    case "convert":
    case "negate":
    case "invert":
      return originOf(c, value.value);
    case "arithmetic":
      return originOf(c, value.left) ?? originOf(c, value.right);
    case "local":
      return c.stateOf(value.local)?.space;
    case "field":
      return memoryOf(c, value.object);
    case "index":
      return memoryOf(c, value.array);
    case "dereference":
      return memoryOf(c, value);
    case "call":
      // An address found when compiling is the kernel's.
      return value.call.numbers !== undefined && value.call.text !== undefined ? "kernel" : undefined;
    default:
      return undefined;
  }
}

/** The memory something lies in; undefined for what is ours: it tells nothing of the addresses kept there. */
function memoryOf(c: Checker, value: TypedExpression): PointerSpace | undefined {
  switch (value.kind) {
    case "field":
      return memoryOf(c, value.object);
    case "index":
      return memoryOf(c, value.array);
    case "dereference": {
      // Registers lie in the kernel, what they hold came from the process.
      if (value.pointer.kind === "call" && value.pointer.call.text === "registers") return undefined;
      const space = value.pointer.type.kind === "pointer" ? value.pointer.type.space : undefined;
      return space === "kernel" || space === "user" ? space : undefined;
    }
    default:
      return undefined;
  }
}
