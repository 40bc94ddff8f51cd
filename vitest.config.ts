import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    // Two cores are the usual machine; more workers only contend.
    maxWorkers: 2,
    // Nothing here keeps state between files: loading the modules once a worker halves the time.
    isolate: false,
    pool: "threads",
  },
});
