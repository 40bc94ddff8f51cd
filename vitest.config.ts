import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    // Two cores are the usual machine; more workers only contend.
    maxWorkers: 2,
  },
});
