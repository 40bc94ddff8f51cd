/** The names that types and constants of a script have: those of its C, those of the target, and our tables. */
import type { Script } from "../ast/ast.js";
import { NO_FILES } from "../base/files.js";
import type { Source } from "../base/source.js";
import { collect } from "../c/collect.js";
import type { Macro, MacroTable } from "../c/macros.js";
import { type CPiece, preprocess } from "../c/preprocess.js";
import { CTypes, type Enumerator } from "../c/types.js";
import type { Log } from "../diag/diagnostic.js";
import { constantNamed, constantNames } from "../lang/constants/index.js";
import { answeredHeader, isKernelHeader } from "../lang/kernel-headers.js";
import type { Target } from "../target/target.js";
import type { BtfTypes } from "../types/from-btf.js";
import type { PointerSpace, StructType, Type } from "../types/type.js";
import type { CheckOptions } from "./context.js";
import { integerNamed } from "./integer-names.js";

export class Definitions {
  private readonly macros: MacroTable;
  private readonly own: CTypes;
  private readonly target: Target;

  /** `headers`: imported ones, as if the script included them first. */
  constructor(
    script: Script,
    headers: readonly Source[],
    private readonly types: BtfTypes,
    options: CheckOptions,
    log: Log,
  ) {
    this.target = options.target;
    const { hasBtf, arch } = options.target;
    const { sources } = options;
    const error = (code: string, span: Script["span"], message: string): void =>
      log.error(code, span, message);
    const preprocessed = preprocess(
      [
        ...headers.map((source) => ({ source, start: 0, end: source.text.length })),
        ...script.preamble.map(({ span, text, form }): CPiece => {
          const source = sources.get(span.source);
          const end = form === "directive" ? span.end : span.start + text.length;
          return { source, start: span.start, end, ends: form === "definition" };
        }),
      ],
      {
        arch,
        files: options.files ?? NO_FILES,
        sources,
        paths: options.includePaths ?? { user: [], system: [] },
        forced: options.includes ?? [],
        place: script.span,
        defines: hasBtf ? ["BPFTRACE_HAVE_BTF"] : [],
        answered: (path, system) => answeredHeader(path, system, hasBtf),
        kernelHeader: isKernelHeader,
        error,
        warning: (span, message) => log.warning("TB2022", span, message),
      },
    );
    this.macros = preprocessed.macros;
    const outside = {
      struct: (name: string, union: boolean, space: PointerSpace) => types.findStruct(name, union, space),
      enumeration: (name: string) => this.kernelEnum(name),
      typedef: (name: string, space: PointerSpace) => this.kernelTypedef(name, space) ?? integerNamed(name),
      enumerator: (name: string) => this.kernelEnumerator(name)?.value ?? constantNamed(name, this.target),
    };
    this.own = new CTypes(collect(preprocessed, error), outside, arch === "aarch64", error);
  }

  /** Candidates for spelling suggestions. */
  constantNames(): string[] {
    const macros = [...this.macros.all()].filter(
      ({ predefined, params }) => !predefined && params === undefined,
    );
    return [...this.own.enumeratorNames(), ...macros.map(({ name }) => name), ...constantNames()];
  }

  /** A macro of the script or of a header it includes; of the compiler's own not those that are plain words. */
  macro(name: string): Macro | undefined {
    const macro = this.macros.get(name);
    return macro?.predefined === true && !name.startsWith("_") ? undefined : macro;
  }

  /** An enumerator of the script or the kernel: value and type. As any constant of a script it has 64 bits. */
  enumerator(name: string): Enumerator | undefined {
    const found = this.own.enumerator(name) ?? this.kernelEnumerator(name);
    if (found?.type.kind !== "enum") return found;
    return { ...found, type: { ...found.type, bits: 64 } };
  }

  /** A constant of the kernel's and C library's headers, for a script without them. */
  define(name: string): bigint | undefined {
    const value = constantNamed(name, this.target);
    return value === undefined || this.enumerator(name) !== undefined ? undefined : value;
  }

  findEnum(name: string): Type | undefined {
    return this.own.findEnum(name) ?? this.kernelEnum(name);
  }

  /** A struct or union of the script, else of the kernel. */
  findStruct(name: string, union: boolean, space: PointerSpace): StructType | undefined {
    return this.own.findStruct(name, union, space) ?? this.types.findStruct(name, union, space);
  }

  /** Does the script itself define a type of this name? */
  defines(name: string): boolean {
    return [
      this.own.findStruct(name, false, "kernel"),
      this.own.findStruct(name, true, "kernel"),
      this.own.findEnum(name),
      this.own.findTypedef(name, "kernel"),
    ].some((type) => type !== undefined);
  }

  /** A name without struct, union or enum: a typedef. */
  findTypedef(name: string, space: PointerSpace): Type | undefined {
    return this.own.findTypedef(name, space) ?? this.kernelTypedef(name, space);
  }

  structNames(): string[] {
    return [...this.own.structNames(), ...this.types.view.typeNames()];
  }

  private kernelEnum(name: string): Type | undefined {
    const id = this.types.view.findEnum(name);
    return id === undefined ? undefined : this.types.typeOf(id);
  }

  private kernelTypedef(name: string, space: PointerSpace): Type | undefined {
    const id = this.types.view.findTypedef(name);
    return id === undefined ? undefined : this.types.typeOf(id, space);
  }

  private kernelEnumerator(name: string): Enumerator | undefined {
    const hit = this.types.view.findEnumerator(name);
    return hit === undefined ? undefined : { value: hit.value, type: this.types.typeOf(hit.type) };
  }
}
