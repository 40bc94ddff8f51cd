import { Sources } from "../base/source.js";
import { compile } from "../compile.js";
import { render } from "../diag/render.js";
import { compileOptions, type HeaderFlags, headerOptions } from "./compile-options.js";
import type { Io } from "./io.js";
import { loadScript, writeUserFile } from "./load-source.js";
import { chooseTargetToJudge } from "./target-option.js";

/** `tsbt build SCRIPT -o FILE`: one object with CO-RE relocations. */
export function buildCommand(
  path: string,
  parameters: readonly string[],
  flags: { readonly o: string; readonly target?: string; readonly unsafe?: boolean } & HeaderFlags,
  io: Io,
): number {
  const target = chooseTargetToJudge(flags.target, io);
  const sources = new Sources();
  const source = loadScript(path, sources, io);
  const options = compileOptions(
    {
      parameters,
      unsafe: flags.unsafe === true,
      relocatable: true,
      arch: target.arch,
      ...headerOptions(flags),
    },
    sources,
    io,
  );
  const { log, object } = compile(source, sources, target, options);
  io.stderr(render(log.diagnostics, sources, { color: io.color }));
  if (object === undefined || log.hasErrors) return 1;
  writeUserFile(flags.o, "object", object, io);
  return 0;
}
