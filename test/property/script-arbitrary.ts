/** Random scripts as trees, for properties of parser and formatter. Ids and places are dummies. */
import fc from "fast-check";
import type {
  BinaryOperator,
  Block,
  CText,
  Expression,
  Item,
  Script,
  Statement,
  TypeName,
  UnaryOperator,
} from "../../src/ast/ast.js";
import { escapeString } from "../../src/ast/print.js";
import { NodeIds } from "../../src/base/ids.js";
import { Sources } from "../../src/base/source.js";
import { readInteger } from "../../src/parse/literals.js";

const id = new NodeIds().fresh();
const place = { id, span: { source: new Sources().add("generated", "").id, start: 0, end: 0 } };

const name = fc.constantFrom("a", "comm", "pid", "x_1", "int", "u32", "begin", "config", "my_t", "fn");
const field = fc.oneof(name, fc.constantFrom("type", "if", "struct", "let"));
const variableName = name.map((word) => `$${word}`);
const mapName = fc.oneof(
  fc.constant("@"),
  name.map((word) => `@${word}`),
);
const BINARY: BinaryOperator[] = [
  ..."*/%+-<>&^|",
  "<<",
  ">>",
  "<=",
  ">=",
  "==",
  "!=",
  "&&",
  "||",
] as BinaryOperator[];
const UNARY: UnaryOperator[] = ["!", "~", "-", "+", "*", "++x", "--x", "x++", "x--"];

const integer: fc.Arbitrary<Expression> = fc
  .constantFrom("0", "1", "0x1f", "0b11", "017", "1_000", "1e6", "5ms", "2d", "10u", "7ull", "4294967296")
  .map((text) => {
    const read = readInteger(text);
    if ("error" in read) throw new Error(read.error);
    return { kind: "integer", ...place, text, ...read };
  });
const variable = variableName.map((text) => ({ kind: "variable", ...place, name: text }) as const);
const identifier = name.map((text) => ({ kind: "identifier", ...place, name: text }) as const);
const string: fc.Arbitrary<Expression> = fc.string().map((text) => {
  const value = [...text].filter((char) => char.charCodeAt(0) < 128).join("");
  return { kind: "string", ...place, value, raw: escapeString(value) } as const;
});
const leaf: fc.Arbitrary<Expression> = fc.oneof(
  integer,
  variable,
  identifier,
  string,
  fc.boolean().map((value) => ({ kind: "bool", ...place, value }) as const),
  fc.integer({ min: 1, max: 9 }).map((index) => ({ kind: "positional", ...place, index }) as const),
  fc.constant({ kind: "positional_count", ...place } as const),
  mapName.map((text) => ({ kind: "map", ...place, name: text, keys: undefined }) as const),
);

// A type, not an interface: letrec wants an index signature, which only types imply.
type Nodes = {
  expression: Expression;
  value: Expression;
  type: TypeName;
  castType: TypeName;
  statement: Statement;
  block: Block;
  valueBlock: Block;
};
const few = <T>(arbitrary: fc.Arbitrary<T>, minLength = 0): fc.Arbitrary<T[]> =>
  fc.array(arbitrary, { minLength, maxLength: 3 });

/** Absent or the value; exact optional properties tell absence from `undefined`. */
function optionally<K extends string, T>(
  key: K,
  arbitrary: fc.Arbitrary<T>,
): fc.Arbitrary<{ [key in K]?: T }> {
  return fc
    .option(arbitrary, { nil: undefined })
    .map((value) => (value === undefined ? {} : { [key]: value })) as fc.Arbitrary<{
    [key in K]?: T;
  }>;
}
const node = <T extends object>(kind: string, parts: { [key in keyof T]: fc.Arbitrary<T[key]> }) =>
  fc.record(parts).map((inner) => ({ kind, ...place, ...inner }));

const { statement, block, valueBlock, type, value } = fc.letrec<Nodes>((tie) => {
  const e = tie("expression");
  const either = fc.oneof(e, tie("type"));
  return {
    value: fc.oneof(
      { weight: 9, arbitrary: e },
      { weight: 1, arbitrary: e.map((inner) => ({ ...inner, comptime: true }) as Expression) },
    ),
    expression: fc.oneof(
      { maxDepth: 5, depthIdentifier: "script" },
      { weight: 5, arbitrary: leaf },
      {
        weight: 4,
        arbitrary: node("binary", {
          operator: fc.constantFrom(...BINARY),
          left: e,
          right: e,
        }) as fc.Arbitrary<Expression>,
      },
      {
        weight: 2,
        arbitrary: node("unary", {
          operator: fc.constantFrom(...UNARY),
          operand: e,
        }) as fc.Arbitrary<Expression>,
      },
      { weight: 1, arbitrary: node("address_of", { operand: e }) as fc.Arbitrary<Expression> },
      {
        weight: 1,
        arbitrary: node("map", { name: mapName, keys: few(tie("value"), 1) }) as fc.Arbitrary<Expression>,
      },
      {
        weight: 1,
        arbitrary: node("call", {
          name,
          nameSpan: fc.constant(place.span),
          args: few(fc.oneof(e, node("typeof", { operand: either }) as fc.Arbitrary<TypeName>)),
        }) as fc.Arbitrary<Expression>,
      },
      {
        weight: 1,
        arbitrary: node("field", {
          object: e,
          name: field,
          nameSpan: fc.constant(place.span),
          arrow: fc.boolean(),
        }) as fc.Arbitrary<Expression>,
      },
      {
        weight: 1,
        arbitrary: node("tuple_access", { object: e, index: fc.nat(9) }) as fc.Arbitrary<Expression>,
      },
      { weight: 1, arbitrary: node("index", { object: e, index: e }) as fc.Arbitrary<Expression> },
      {
        weight: 1,
        arbitrary: fc
          .tuple(e, optionally("then", e), e)
          .map(
            ([condition, then, otherwise]) =>
              ({ kind: "ternary", ...place, condition, ...then, otherwise }) as const,
          ),
      },
      {
        weight: 2,
        arbitrary: node("cast", { type: tie("castType"), operand: tie("value") }) as fc.Arbitrary<Expression>,
      },
      { weight: 1, arbitrary: node("sizeof", { operand: either }) as fc.Arbitrary<Expression> },
      { weight: 1, arbitrary: node("typeinfo", { operand: either }) as fc.Arbitrary<Expression> },
      {
        weight: 1,
        arbitrary: node("offsetof", { of: either, path: few(field, 1) }) as fc.Arbitrary<Expression>,
      },
      { weight: 1, arbitrary: node("tuple", { elements: few(e) }) as fc.Arbitrary<Expression> },
      {
        weight: 1,
        arbitrary: fc
          .uniqueArray(field, { minLength: 1, maxLength: 3 })
          .chain((names) =>
            fc.tuple(
              ...names.map((word) => e.map((inner) => ({ name: word, value: inner, span: place.span }))),
            ),
          )
          .map((fields) => ({ kind: "record", ...place, fields }) as const),
      },
      {
        weight: 1,
        arbitrary: node("block_expression", { block: tie("valueBlock") }) as fc.Arbitrary<Expression>,
      },
      {
        weight: 1,
        arbitrary: node("if_expression", {
          comptime: fc.boolean(),
          condition: e,
          then: tie("valueBlock"),
          otherwise: tie("valueBlock"),
        }) as fc.Arbitrary<Expression>,
      },
    ),
    castType: fc.oneof(
      { maxDepth: 3, depthIdentifier: "script" },
      {
        weight: 3,
        arbitrary: name.map((text) => ({ kind: "type_name", ...place, tag: undefined, name: text }) as const),
      },
      {
        weight: 1,
        arbitrary: fc
          .constantFrom("unsigned long", "long long")
          .map((text) => ({ kind: "type_name", ...place, tag: undefined, name: text }) as const),
      },
      {
        weight: 2,
        arbitrary: node("type_name", {
          tag: fc.constantFrom("struct", "union", "enum"),
          name: field,
        }) as fc.Arbitrary<TypeName>,
      },
      { weight: 2, arbitrary: node("type_pointer", { to: tie("castType") }) as fc.Arbitrary<TypeName> },
      {
        weight: 1,
        arbitrary: node("type_array", {
          element: tie("castType"),
          length: fc.option(integer, { nil: undefined }),
        }) as fc.Arbitrary<TypeName>,
      },
      { weight: 1, arbitrary: node("typeof", { operand: e }) as fc.Arbitrary<TypeName> },
    ),
    // In `sizeof(…)` a bare name is an expression: types there need a tag, a pointer or a built-in name.
    type: fc.oneof(
      { maxDepth: 3, depthIdentifier: "script" },
      fc
        .constantFrom("uint8", "unsigned long", "size_t")
        .map((text) => ({ kind: "type_name", ...place, tag: undefined, name: text }) as const),
      node("type_pointer", { to: tie("castType") }) as fc.Arbitrary<TypeName>,
      node("type_name", {
        tag: fc.constantFrom("struct", "union", "enum"),
        name: field,
      }) as fc.Arbitrary<TypeName>,
      node("typeof", { operand: either }) as fc.Arbitrary<TypeName>,
    ),
    statement: fc.oneof(
      { maxDepth: 5, depthIdentifier: "script" },
      {
        weight: 3,
        arbitrary: node("expression_statement", { expression: tie("value") }) as fc.Arbitrary<Statement>,
      },
      {
        weight: 1,
        arbitrary: node("expression_statement", {
          expression: e,
          discard: fc.constant(true),
        }) as fc.Arbitrary<Statement>,
      },
      {
        weight: 3,
        arbitrary: node("assignment", {
          target: e,
          operator: fc.constantFrom(undefined, "+", "<<", "|"),
          value: tie("value"),
        }) as fc.Arbitrary<Statement>,
      },
      {
        weight: 2,
        arbitrary: node("let", {
          name: variableName,
          type: fc.option(
            fc.oneof(
              tie("castType"),
              node("type_tuple", { elements: few(tie("castType"), 1) }) as fc.Arbitrary<TypeName>,
            ),
            { nil: undefined },
          ),
          value: fc.option(e, { nil: undefined }),
        }) as fc.Arbitrary<Statement>,
      },
      {
        weight: 2,
        arbitrary: fc
          .tuple(fc.boolean(), e, tie("block"), optionally("otherwise", tie("block")))
          .map(
            ([comptime, condition, then, otherwise]) =>
              ({ kind: "if", ...place, comptime, condition, then, ...otherwise }) as const,
          ),
      },
      {
        weight: 1,
        arbitrary: node("while", { condition: e, body: tie("block") }) as fc.Arbitrary<Statement>,
      },
      { weight: 1, arbitrary: node("unroll", { count: e, body: tie("block") }) as fc.Arbitrary<Statement> },
      {
        weight: 1,
        arbitrary: node("for", {
          variable,
          over: fc.oneof(e, node("range", { from: e, to: e }) as fc.Arbitrary<Expression>),
          body: tie("block"),
        }) as fc.Arbitrary<Statement>,
      },
      {
        weight: 1,
        arbitrary: optionally("value", e).map(
          (value) => ({ kind: "jump", ...place, jump: "return", ...value }) as const,
        ),
      },
      {
        weight: 1,
        arbitrary: node("jump", { jump: fc.constantFrom("break", "continue") }) as fc.Arbitrary<Statement>,
      },
      { weight: 1, arbitrary: node("block_statement", { block: tie("block") }) as fc.Arbitrary<Statement> },
    ),
    block: node("block", { statements: few(tie("statement")) }) as fc.Arbitrary<Block>,
    valueBlock: fc
      .tuple(few(tie("statement")), optionally("result", tie("value")))
      .map(([statements, result]) => ({ kind: "block", ...place, statements, ...result }) as const),
  };
});

// --------------------------------------------------------------------------------------------------------- items

const attachPoint = fc
  .constantFrom(
    "begin",
    "END",
    "kprobe:f+0x10",
    "kprobe:vfs_*",
    "uprobe:/bin/x:f",
    'uprobe:/x:"a::b(int)"+4',
    "interval:1s",
  )
  .map((text) => ({ kind: "attach_point", ...place, text, provider: "", parts: [] }) as const);

/** C in standard form: its text is all there is of it. */
const cText: fc.Arbitrary<CText> = fc.oneof(
  fc
    .constantFrom(
      "#include <linux/a.h>",
      '#include "b.h" // why',
      "#define N",
      "#define F(a, b) ((a)+(b))",
      '#define S "x // y"',
      "#define L a \\\n  b",
      "#ifdef X",
      "#else",
      "#endif",
    )
    .map((text) => ({ kind: "c_text", ...place, form: "directive", text }) as const),
  fc
    .constantFrom(
      "struct s {\n  int a;\n}",
      "union u {\n  int a, *b;\n  struct {\n    u8 c : 3;\n  };\n} __attribute__((packed))",
      "struct s {\n#ifdef X\n  int a[N + 1]; // why\n#endif\n  /* c */\n  void (*f)(int, char *);\n}",
      "enum e {\n  A,\n  B = 1 << 2,\n}",
      "typedef struct {\n  int a;\n} *t",
    )
    .map((text) => ({ kind: "c_text", ...place, form: "definition", text }) as const),
);

const item: fc.Arbitrary<Item> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(few(attachPoint, 1), optionally("predicate", value), block)
      .map(
        ([attachPoints, predicate, body]) =>
          ({ kind: "probe", ...place, attachPoints, ...predicate, block: body }) as const,
      ),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({ name: mapName, mapType: name, maxEntries: fc.option(integer, { nil: undefined }) })
      .map((parts) => ({ kind: "map_declaration", ...place, ...parts }) as const),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(name, few(fc.oneof(variable, identifier)), valueBlock)
      .map(([word, params, body]) => ({ kind: "macro", ...place, name: word, params, body }) as const),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(name, few(fc.tuple(variableName, type)), fc.option(type, { nil: undefined }), block)
      .map(
        ([word, params, result, body]) =>
          ({
            kind: "function",
            ...place,
            name: word,
            params: params.map(([param, inner]) => ({ name: param, type: inner, span: place.span })),
            result,
            body,
          }) as const,
      ),
  },
);

/** A whole script. Attach points carry only their text: splitting is the parser's. */
export const scriptArbitrary: fc.Arbitrary<Script> = fc
  .tuple(
    fc.constantFrom({}, { shebang: "#!/usr/bin/env tsbt" }),
    few(cText),
    fc.constantFrom(
      {},
      {
        config: {
          kind: "config",
          ...place,
          entries: [
            { kind: "config_entry", ...place, name: "a", value: 10n, spelling: "integer" },
            { kind: "config_entry", ...place, name: "b", value: 'x"\n', spelling: "string" },
            { kind: "config_entry", ...place, name: "c", value: true, spelling: "bool" },
            { kind: "config_entry", ...place, name: "d", value: "perf", spelling: "identifier" },
          ],
        } as const,
      },
    ),
    few(fc.constantFrom("a.bt", "x y").map((path) => ({ kind: "import", ...place, path }) as const)),
    few(item),
  )
  .map(([shebang, lines, config, imports, items]) => ({
    kind: "script",
    ...place,
    ...shebang,
    preamble: lines,
    ...config,
    imports,
    items,
    comments: [],
  }));

export const statementArbitrary = statement;
