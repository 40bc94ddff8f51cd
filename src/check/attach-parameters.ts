import type { AttachPoint, Probe } from "../ast/ast.js";
import { splitAttachPoint } from "../parse/attach-point.js";

/**
 * Positional parameters in attach points, `interval:ms:$1` or all of it: they stand for their text, colons included,
 * and for nothing where none was given.
 */
export function fillParameters(probe: Probe, params: readonly string[]): Probe {
  if (!probe.attachPoints.some(({ text }) => /\$\d/.test(text))) return probe;
  return { ...probe, attachPoints: probe.attachPoints.map((point) => filled(point, params)) };
}

function filled(point: AttachPoint, params: readonly string[]): AttachPoint {
  const text = point.text.replace(/\$(\d+)/g, (_, index: string) => params[Number(index) - 1] ?? "");
  const [provider, ...parts] = splitAttachPoint(text) ?? [];
  return {
    ...point,
    text,
    provider: provider?.text ?? "",
    // What a parameter put there has no place of its own in the script.
    parts: parts.map(({ text, quoted }) => ({ text, quoted, span: point.span })),
  };
}
