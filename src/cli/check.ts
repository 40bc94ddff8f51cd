import { Sources } from "../base/source.js";
import { ok } from "../base/result.js";
import { type CompileOptions, compile } from "../compile.js";
import { render } from "../diag/render.js";
import { compileOptions, type HeaderFlags, headerOptions } from "./compile-options.js";
import type { Io } from "./io.js";
import { loadScript } from "./load-source.js";
import { chooseTargetToJudge } from "./target-option.js";

/** `tsbt check`: compiles each script as far as the object, loads nothing. Exit code 1 if any has an error. */
export function checkCommand(
  paths: readonly string[],
  flags: { readonly target?: string; readonly unsafe?: boolean; readonly warnings: boolean } & HeaderFlags,
  io: Io,
): number {
  const target = chooseTargetToJudge(flags.target, io);
  const headers = headerOptions(flags);
  let worst = 0;
  for (const path of paths) {
    const sources = new Sources();
    const source = loadScript(path, sources, io);
    // What a tool may do is decided where it runs; a check judges the script itself.
    const options = compileOptions(
      { parameters: [], unsafe: true, arch: target.arch, ...headers },
      sources,
      io,
    );
    // Functions of imported C are known by their types: there is nothing to link for a verdict.
    const link: CompileOptions["link"] = ([own]) => ok(own ?? new Uint8Array());
    const { log } = compile(source, sources, target, { ...options, link });
    const shown = flags.warnings ? log.diagnostics : log.diagnostics.filter((d) => d.severity === "error");
    io.stderr(render(shown, sources, { color: io.color }));
    if (log.hasErrors) worst = 1;
  }
  return worst;
}
