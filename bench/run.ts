/** Runs every bench, one after the other, with the arguments given. The exit code is 1 when any target is missed. */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const directory = fileURLToPath(new URL(".", import.meta.url));
const benches = readdirSync(directory).filter((name) => name.endsWith(".bench.ts"));
const results = benches.map((name) => {
  if (!process.argv.includes("--json")) console.log(`\n${name}`);
  return spawnSync(process.execPath, ["--import", "tsx", directory + name, ...process.argv.slice(2)], { stdio: "inherit" });
});
process.exitCode = results.every(({ status }) => status === 0) ? 0 : 1;
