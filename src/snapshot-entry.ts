/**
 * The bundle's entry, for three ways of starting: building the startup snapshot (`node --build-snapshot`),
 * running from it, and running the bundle directly where there is no snapshot.
 */
import { startupSnapshot } from "node:v8";
import { main } from "./main.js";
import { warmUp } from "./warm-up.js";

function start(): void {
  // argv: node, a placeholder or the bundle's path, then the user's arguments. All output is written when main
  // returns; node's own way to the end would first take its heap apart.
  process.exit(main(process.argv.slice(2)));
}

if (startupSnapshot.isBuildingSnapshot()) {
  warmUp();
  startupSnapshot.setDeserializeMainFunction(start);
} else start();
