/** After a test the kernel must hold as many programs and links as before. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { work } from "./test-file.mjs";

const isShared = process.env.TSBT_TEST_SHARED_KERNEL === "1";

const count = () => spawnSync(join(work, "bpfcount"), { encoding: "utf8" }).stdout.trim();
const numbersIn = (text) => (text.match(/\d+/g) ?? []).map(Number);

let before;

/** Call before a test: what is there now. What the test before left was counted when it ended. */
export function noteLoaded() {
  if (!isShared) before ??= count();
}

/** Undefined, or what the test left behind. The kernel frees programs after a grace period: waits for it. */
export async function leftBehind() {
  if (isShared) return undefined;
  const most = numbersIn(before);
  let now;
  for (let tries = 0; tries < 60; tries++) {
    // Fewer are good too: some of an earlier test may have been dying still.
    now = count();
    const counts = numbersIn(now);
    if (counts.length === most.length && counts.every((each, index) => each <= most[index])) {
      before = now;
      return undefined;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const told = `left behind: ${before} before, ${now} after`;
  before = now;
  return told;
}
