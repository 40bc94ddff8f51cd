/**
 * Where exactly a uprobe goes. A breakpoint in the middle of an instruction breaks the traced program, so places
 * that cannot be proven right need --unsafe.
 */
import type { UserSymbol } from "../../binary/symbols.js";
import type { UserBinary } from "../../binary/user-binary.js";
import { isInstructionBoundary } from "../../binary/instructions.js";
import { fail, ok, type Result } from "../../base/result.js";
import type { ProviderContext } from "../provider.js";

export type Place =
  | { readonly kind: "function"; readonly name: string; readonly offset: number }
  | { readonly kind: "address"; readonly address: number };

interface Found {
  readonly fileOffset: number;
  readonly warning?: string;
}
interface Refusal {
  readonly message: string;
  readonly unsafeHelps: boolean;
}

const refuse = (message: string, unsafeHelps = false): Result<Found, Refusal> =>
  fail({ message, unsafeHelps });

export function placeOf(
  binary: UserBinary,
  place: Place,
  named: UserSymbol | undefined,
  provider: string,
  context: ProviderContext,
): Result<Found, Refusal> {
  const symbol = place.kind === "address" ? binary.functionAt(place.address) : named;
  if (symbol === undefined) return unnamed(binary, place, context);
  const offset = place.kind === "address" ? place.address - symbol.address : place.offset;
  if (provider === "uretprobe" && offset !== 0) {
    return refuse(
      `uretprobes cannot be attached at function offset. (address resolved to: ${symbol.name}+${offset})`,
    );
  }
  if (symbol.size === 0 && offset === 0) {
    if (!context.unsafe) {
      return refuse(`Could not determine boundary for ${symbol.name} (symbol has size 0).`, true);
    }
  } else if (offset >= symbol.size) {
    return refuse(`Offset outside the function bounds ('${symbol.name}' size is ${symbol.size})`);
  }
  const fileOffset = binary.fileOffset(symbol.address + offset);
  if (fileOffset === undefined) return refuse(`${symbol.name} is not in the file ${binary.path}`);
  if (offset === 0) return ok({ fileOffset });
  const what = `${binary.path}:${symbol.name}+${offset}`;
  switch (isInstructionBoundary(binary.code(symbol.address, offset + 16), offset, context.target.arch)) {
    case "yes":
      return ok({ fileOffset });
    case "no":
      return context.unsafe
        ? ok({ fileOffset, warning: `Unsafe ${provider} in the middle of the instruction: ${what}` })
        : refuse(`Could not add ${provider} into middle of instruction: ${what}`, true);
    case "unknown":
      return context.unsafe
        ? ok({ fileOffset, warning: `Unchecked ${provider}: ${what}` })
        : refuse(`Failed to check if ${provider} is in proper place: ${what}`, true);
  }
}

/** An address that no symbol covers: in a stripped program, or in a file that is none. */
function unnamed(binary: UserBinary, place: Place, context: ProviderContext): Result<Found, Refusal> {
  if (place.kind !== "address") return refuse("there is no such function");
  const hex = `0x${place.address.toString(16)}`;
  if (!context.unsafe) return refuse(`Could not resolve address: ${binary.path}:${hex}`, true);
  const warning = `Could not determine instruction boundary for ${binary.path}:${hex} (binary appears stripped). Misaligned probes can lead to tracee crashes!`;
  const fileOffset = binary.fileOffset(place.address) ?? place.address;
  return ok(binary.isElf ? { fileOffset, warning } : { fileOffset });
}
