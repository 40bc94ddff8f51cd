/**
 * The bundle's entry, for three ways of starting: building the startup snapshot (`node --build-snapshot`),
 * running from it, and running the bundle directly where there is no snapshot.
 */
import { startupSnapshot } from "node:v8";
import { main } from "./main.js";

function start(): void {
  // argv: node, a placeholder or the bundle's path, then the user's arguments.
  process.exitCode = main(process.argv.slice(2));
}

if (startupSnapshot.isBuildingSnapshot()) startupSnapshot.setDeserializeMainFunction(start);
else start();
