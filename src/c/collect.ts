/** The names that preprocessed C declares. Later ones of the script win over those of the system's headers. */
import type { SourceId } from "../base/ids.js";
import type { Span } from "../base/span.js";
import type { CDeclaration, CEnum, CRecord, CType } from "./declaration.js";
import { parseDeclaration } from "./parse.js";
import type { Preprocessed } from "./preprocess.js";
import type { ReportC } from "./report.js";
import { type Cut, cut } from "./split.js";
import type { CToken } from "./token.js";

export interface CTypedef {
  readonly type: CType;
  readonly own: boolean;
  readonly span: Span;
}

/** All names of one script's C, by kind: C keeps tags, enumerators and typedefs apart. */
export interface CUnit {
  readonly structs: ReadonlyMap<string, CRecord>;
  readonly unions: ReadonlyMap<string, CRecord>;
  readonly enums: ReadonlyMap<string, CEnum>;
  readonly typedefs: ReadonlyMap<string, CTypedef>;
  /** In the order written, those without tag too: enumerators build on earlier ones. */
  readonly enumerations: readonly CEnum[];
  /** Structs and unions that the script itself defines. */
  readonly ownRecords: readonly CRecord[];
  readonly asserts: readonly { readonly tokens: readonly CToken[]; readonly span: Span }[];
}

export function collect({ tokens, system, kernel }: Preprocessed, error: ReportC): CUnit {
  const collector = new Collector(system, kernel, error);
  for (const each of cut(tokens)) collector.add(each);
  return collector;
}

class Collector implements CUnit {
  readonly structs = new Map<string, CRecord>();
  readonly unions = new Map<string, CRecord>();
  readonly enums = new Map<string, CEnum>();
  readonly typedefs = new Map<string, CTypedef>();
  readonly enumerations: CEnum[] = [];
  readonly ownRecords: CRecord[] = [];
  readonly asserts: { readonly tokens: readonly CToken[]; readonly span: Span }[] = [];
  private readonly enumerators = new Set<string>();

  constructor(
    private readonly system: ReadonlySet<SourceId>,
    private readonly kernel: ReadonlySet<SourceId>,
    private readonly error: ReportC,
  ) {}

  add({ tokens, pack }: Cut): void {
    const [first] = tokens;
    if (first === undefined) return;
    const own = !this.system.has(first.span.source);
    if (/^(?:_Static_assert|static_assert)$/.test(first.text)) {
      if (own) this.asserts.push({ tokens: tokens.slice(2, -1), span: first.span });
      return;
    }
    const parsed = parseDeclaration(tokens, { pack, system: this.system, kernel: this.kernel });
    if ("error" in parsed) {
      // What a system header says beyond our grammar is a name less, no error.
      if (own) this.error("TB2021", parsed.span, parsed.error);
      return;
    }
    this.declare(parsed, own);
  }

  private declare(declaration: CDeclaration, own: boolean): void {
    this.define(declaration.type);
    if (own) this.asserts.push(...declaration.asserts);
    if (!declaration.typedef) return;
    for (const { name, type, span } of declaration.declared) {
      if (own || this.typedefs.get(name)?.own !== true) this.typedefs.set(name, { type, own, span });
    }
  }

  /** Structs and enums have the scope of the file, however deep they stand. */
  private define(type: CType): void {
    switch (type.kind) {
      case "record":
        this.defineRecord(type.record);
        for (const member of type.record.members) this.define(member.type);
        return;
      case "enum":
        this.defineEnum(type.definition);
        return;
      case "pointer":
        return this.define(type.to);
      case "array":
        return this.define(type.element);
      case "attributed":
        return this.define(type.type);
      case "base":
      case "name":
      case "tag":
      case "typeof":
      case "function":
        return;
    }
  }

  private defineRecord(record: CRecord): void {
    if (record.own) this.ownRecords.push(record);
    if (record.name === "") return;
    const records = record.union ? this.unions : this.structs;
    const earlier = records.get(record.name);
    if (earlier?.own === true && record.own)
      this.error("TB2008", record.span, `redefinition of '${record.name}'`);
    if (record.own || earlier?.own !== true) records.set(record.name, record);
  }

  private defineEnum(definition: CEnum): void {
    const { name, own } = definition;
    const earlier = this.enums.get(name);
    if (name !== "") {
      if (earlier?.own === true && own) this.error("TB2008", definition.span, `redefinition of '${name}'`);
      if (own || earlier?.own !== true) this.enums.set(name, definition);
    }
    this.enumerations.push(definition);
    if (!own) return;
    for (const { name: enumerator, span } of definition.enumerators) {
      if (this.enumerators.has(enumerator))
        this.error("TB2008", span, `redefinition of enumerator '${enumerator}'`);
      this.enumerators.add(enumerator);
    }
  }
}
