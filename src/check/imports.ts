/**
 * Imports: the probes, macros and maps of scripts join the importing one, dependencies first; C headers come
 * before the script's own C. What is already part of tsbt (`stdlib`) is accepted and adds nothing.
 */
import type { CText, Import, Item, Script } from "../ast/ast.js";
import { directoryOf, joinPath, NO_FILES } from "../base/files.js";
import type { NodeIds } from "../base/ids.js";
import type { Source, Sources } from "../base/source.js";
import { fail } from "../base/result.js";
import type { Log } from "../diag/diagnostic.js";
import { parse } from "../parse/parse.js";
import { CFunctions } from "./c-objects.js";
import type { CheckOptions } from "./context.js";

/** The standard library of bpftrace 0.26, all of which is built in here. */
const LIBRARY =
  /^stdlib(?:\/(?:include|map|process|stack|strings|system|task|test|usdt|base(?:\.bpf\.c|\.bt)?|(?:kfunc|meta|process|strings|internal)\.bt|\w+\/\w+(?:\.bpf\.c|\.h)))?$/;
/** Parts of it that are there for whoever imports them only. */
const LIBRARY_SCRIPTS: Readonly<Record<string, string>> = {
  "stdlib/test": "macro __always_true() { (int32)1 }\n",
};
/** C to be compiled, or compiled. */
const OBJECT = /\.bpf\.[co]$/;

export interface Resolved {
  readonly script: Script;
  readonly headers: readonly Source[];
  readonly functions: CFunctions;
}

/** The script with everything it imports; a path counts once. */
export function resolveImports(
  script: Script,
  options: CheckOptions,
  sources: Sources,
  ids: NodeIds,
  log: Log,
): Resolved {
  if (script.imports.length === 0) return { script, headers: [], functions: new CFunctions() };
  const importer = new Importer(options, sources.get(script.span.source), sources, ids, log);
  importer.gather(script);
  const { preamble, items, headers, functions } = importer;
  return { script: { ...script, preamble, items, imports: [] }, headers, functions };
}

class Importer {
  readonly items: Item[] = [];
  readonly preamble: CText[] = [];
  readonly headers: Source[] = [];
  readonly functions = new CFunctions();
  private readonly seen = new Set<string>();
  private readonly files: NonNullable<CheckOptions["files"]>;

  constructor(
    options: CheckOptions,
    private readonly root: Source,
    private readonly sources: Sources,
    private readonly ids: NodeIds,
    private readonly log: Log,
  ) {
    this.files = options.files ?? NO_FILES;
  }

  gather(script: Script): void {
    for (const node of script.imports) this.import(node);
    this.preamble.push(...script.preamble);
    this.items.push(...script.items);
  }

  private import(node: Import): void {
    const importing = this.sources.get(node.span.source);
    const folders = [...new Set([directoryOf(importing.name), directoryOf(this.root.name)])];
    const checked: string[] = [];
    for (const folder of folders) {
      const path = joinPath(folder, node.path);
      checked.push(path);
      if (this.files.inspect(path) === undefined) continue;
      if (!this.trusted(path)) {
        this.log.warning("TB2010", node.span, `skipping due to global write permissions: "${path}"`);
        continue;
      }
      this.take(node, path, true);
      return;
    }
    if (LIBRARY.test(node.path)) return this.library(node.path);
    const hint = `checked: ${checked.join(",")}`;
    this.log.error("TB2010", node.span, "Unable to find suitable path for import", hint);
  }

  private library(path: string): void {
    const text = Object.hasOwn(LIBRARY_SCRIPTS, path) ? LIBRARY_SCRIPTS[path] : undefined;
    if (text === undefined || this.seen.has(path)) return;
    this.seen.add(path);
    this.script(this.sources.add(path, text));
  }

  /** Whoever may write to a file or its folder could run code as whoever traces. */
  private trusted(path: string): boolean {
    const facts = [this.files.inspect(path), this.files.inspect(directoryOf(path))];
    return facts.every((each) => each?.worldWritable !== true);
  }

  /** `named`: the script itself names it, it is not just in a folder that is imported. */
  private take(node: Import, path: string, named: boolean): void {
    if (this.seen.has(path)) return;
    this.seen.add(path);
    if (!this.trusted(path)) {
      const message = `cowardly refusing to import from a directory with global write permissions: "${path}"`;
      this.log.error("TB2010", node.span, message);
      return;
    }
    if (this.files.inspect(path)?.kind === "directory") {
      if (named) for (const name of this.files.list(path)) this.take(node, joinPath(path, name), false);
    } else if (path.endsWith(".bt") || path.endsWith(".h")) this.file(node, path);
    else if (OBJECT.test(path)) this.object(node, path);
    else if (named) {
      const name = path.slice(path.lastIndexOf("/") + 1);
      this.log.error("TB2010", node.span, `unknown import type: "${name}"`);
    }
  }

  private file(node: Import, path: string): void {
    const source = this.files.read(path);
    if (source === undefined) this.log.error("TB2010", node.span, `error reading import '"${path}"'`);
    else if (path.endsWith(".h")) this.headers.push(source);
    else this.script(source);
  }

  private object(node: Import, path: string): void {
    const made = this.files.object?.(path) ?? fail("nothing can be compiled here");
    if (made.ok) return this.functions.add({ path, bytes: made.value }, node.span, this.log);
    this.functions.failed = true;
    const hint = "write it as a macro in a .bt file, or import an object: clang -target bpf -g -O2 -c";
    this.log.error("TB2010", node.span, `import of '${node.path}': ${made.error}`, hint);
  }

  private script(source: Source): void {
    const script = parse(source, this.ids, this.log);
    if (script === undefined) return;
    if (script.config !== undefined && script.config.entries.length > 0) {
      this.log.error("TB2010", script.config.span, "invalid `config` within import");
    }
    this.gather(script);
  }
}
