/** Imported scripts: their probes, macros and maps join the importing one, dependencies first. */
import type { Item, Preamble, Script } from "../ast/ast.js";
import type { NodeIds } from "../base/ids.js";
import type { Log } from "../diag/diagnostic.js";
import { parse } from "../parse/parse.js";
import type { CheckOptions } from "./context.js";

/** The script with everything it imports; a path counts once. */
export function resolveImports(script: Script, options: CheckOptions, ids: NodeIds, log: Log): Script {
  if (script.imports.length === 0) return script;
  const seen = new Set<string>();
  const items: Item[] = [];
  const preamble: Preamble[] = [];
  const gather = (each: Script): void => {
    for (const { path, span } of each.imports) {
      if (seen.has(path)) continue;
      seen.add(path);
      if (!path.endsWith(".bt")) {
        log.error(
          "TB5001",
          span,
          `import of '${path}' is not supported yet`,
          "only scripts (.bt) can be imported",
        );
        continue;
      }
      const source = options.readImport?.(path);
      if (source === undefined) {
        log.error("TB2010", span, `Import not found: '${path}'`);
        continue;
      }
      const imported = parse(source, ids, log);
      if (imported === undefined) continue;
      if (imported.config !== undefined) {
        log.error("TB2010", imported.config.span, "An imported script cannot contain a config block");
      }
      gather(imported);
    }
    preamble.push(...each.preamble);
    items.push(...each.items);
  };
  gather(script);
  return { ...script, preamble, items, imports: [] };
}
