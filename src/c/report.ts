import type { Span } from "../base/span.js";

/** What can be wrong with C: a type or header nobody knows, a second definition, the text, the preprocessor. */
export type CCode = "TB2006" | "TB2008" | "TB2020" | "TB2021" | "TB2022";
export type ReportC = (code: CCode, span: Span, message: string) => void;
