/** The rules of expressions and statements, tied together: their files meet only here. */
import type { Rules } from "./checker.js";
import { expression } from "./expressions.js";
import { nested, statements } from "./statements.js";

export const rules: Rules = { expression, statements, nested };
