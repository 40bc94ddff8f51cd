/** Marks the end of an exhaustive switch: the compiler rejects the call while a variant is unhandled. */
export function assertNever(value: never, what = "value"): never {
  throw new Error(`unhandled ${what}: ${JSON.stringify(value)}`);
}
