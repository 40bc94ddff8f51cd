/** How each builtin becomes IR, by the registry's name. */
import type { BuiltinLowering } from "./context.js";
import { contextLowerings } from "./context-values.js";
import { kfuncLowerings } from "./kfunc.js";
import { mapLowerings } from "./maps.js";
import { controlLowerings } from "./control.js";
import { memoryLowerings } from "./memory.js";
import { nameLowerings } from "./names.js";
import { networkLowerings } from "./network.js";
import { outputLowerings } from "./output.js";
import { processLowerings } from "./process.js";
import { stackLowerings } from "./stacks.js";
import { stringLowerings } from "./strings.js";
import { timeLowerings } from "./time.js";
import { usdtLowerings } from "./usdt.js";

export const lowerings: ReadonlyMap<string, BuiltinLowering> = new Map(
  Object.entries({
    ...processLowerings,
    ...timeLowerings,
    ...contextLowerings,
    ...stackLowerings,
    ...outputLowerings,
    ...mapLowerings,
    ...memoryLowerings,
    ...controlLowerings,
    ...stringLowerings,
    ...nameLowerings,
    ...networkLowerings,
    ...usdtLowerings,
    ...kfuncLowerings,
  }),
);
