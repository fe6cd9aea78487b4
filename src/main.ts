#!/usr/bin/env node
/** The daemon's process: configuration → one run → exit code. */
import { resolve } from "node:path";
import { setFlagsFromString } from "node:v8";
import { loadConfig } from "./config.ts";
import { paletteFor } from "./console/terminalText.ts";
import { runDaemon } from "./daemon/daemon.ts";
import { EXIT_FAILED } from "./daemon/exitCodes.ts";
import { readVersion } from "./daemon/version.ts";

const EXIT_USAGE = 2;

// About 35 MB live, but V8 lets a heap of that size grow fourfold before it collects: 265 MB after three minutes, 177 MB with this.
setFlagsFromString("--heap-growing-percent=40");

// What nobody expected ends the process at once: everything that matters is committed, and the next start goes on (crash only).
process.on("uncaughtException", (error) => {
  process.stderr.write(`bosun: ${error.stack ?? error.message}\n`);
  process.exit(EXIT_FAILED);
});

process.exit(await main());

async function main(): Promise<number> {
  const loaded = loadConfig(process.argv.slice(2), process.env, process.cwd());
  switch (loaded.result) {
    case "help":
      process.stdout.write(loaded.text);
      return 0;
    case "version":
      process.stdout.write(`${readVersion()}\n`);
      return 0;
    case "refused":
      for (const problem of loaded.problems) process.stderr.write(`bosun: ${problem}\n`);
      return EXIT_USAGE;
    case "run":
      return await runDaemon(loaded.config, {
        process,
        version: readVersion(),
        palette: paletteFor(process.stdout, process.env),
        isDefaultDir: loaded.config.dataDir === resolve(".bosun"),
      });
  }
}
