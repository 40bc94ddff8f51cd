/** C text to its types and constants, with no target and no files but those given. */
import { NO_FILES, type SourceFiles } from "../../../src/base/files.js";
import { type Source, Sources } from "../../../src/base/source.js";
import { collect } from "../../../src/c/collect.js";
import type { IncludePaths } from "../../../src/c/headers.js";
import { type Preprocessed, preprocess } from "../../../src/c/preprocess.js";
import { spell } from "../../../src/c/token.js";
import { CTypes } from "../../../src/c/types.js";

export interface Given {
  /** Path to text. */
  readonly files?: Readonly<Record<string, string>> | SourceFiles;
  readonly paths?: Partial<IncludePaths>;
  readonly arm64?: boolean;
  readonly forced?: readonly string[];
}

export interface Read {
  readonly preprocessed: Preprocessed;
  readonly errors: readonly string[];
  readonly sources: Sources;
}

/** Files of a map, beside none of the machine's. */
export function memoryFiles(texts: Readonly<Record<string, string>>, sources: Sources): SourceFiles {
  const read = new Map<string, Source>();
  return {
    ...NO_FILES,
    read: (path) => {
      const text = Object.hasOwn(texts, path) ? texts[path] : undefined;
      if (text === undefined) return undefined;
      const known = read.get(path) ?? sources.add(path, text);
      read.set(path, known);
      return known;
    },
  };
}

function isFiles(files: Given["files"]): files is SourceFiles {
  return typeof files?.read === "function";
}

export function preprocessText(text: string, given: Given = {}, sources = new Sources()): Read {
  const source = sources.add("main.c", text);
  const errors: string[] = [];
  const files = isFiles(given.files) ? given.files : memoryFiles(given.files ?? {}, sources);
  const say = (_code: string, _span: unknown, message: string): void => {
    errors.push(message);
  };
  const preprocessed = preprocess([{ source, start: 0, end: text.length }], {
    arch: given.arm64 === true ? "aarch64" : "x86_64",
    files,
    sources,
    paths: { user: [], system: [], ...given.paths },
    forced: given.forced ?? [],
    place: { source: source.id, start: 0, end: text.length },
    defines: [],
    answered: () => false,
    kernelHeader: () => false,
    error: say,
    warning: (_span, message) => errors.push(`warning: ${message}`),
  });
  return { preprocessed, errors, sources };
}

/** What is left when the preprocessor is through, blanks as the tokens had them. */
export function expanded(text: string, given: Given = {}): string {
  return spell(preprocessText(text, given).preprocessed.tokens);
}

export function typesOf(text: string, given: Given = {}, sources = new Sources()) {
  const { preprocessed, errors } = preprocessText(text, given, sources);
  const said = [...errors];
  const report = (_code: string, _span: unknown, message: string): void => {
    said.push(message);
  };
  const unit = collect(preprocessed, report);
  const nothing = {
    struct: () => undefined,
    enumeration: () => undefined,
    typedef: () => undefined,
    enumerator: () => undefined,
  };
  const types = new CTypes(unit, nothing, given.arm64 === true, report);
  return { types, unit, errors: said };
}
