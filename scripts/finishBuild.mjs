/** After the compiler: what it does not copy, and a stamp of when the build was finished. */
import { chmodSync, cpSync, rmSync, utimesSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("..", import.meta.url);
const page = fileURLToPath(new URL("dist/console/page", root));

rmSync(page, { recursive: true, force: true });
cpSync(fileURLToPath(new URL("src/console/page", root)), page, { recursive: true });
chmodSync(fileURLToPath(new URL("dist/cli.js", root)), 0o755);

// The compiler leaves files alone that did not change; scripts/start.mjs compares with this one.
const now = new Date();
utimesSync(fileURLToPath(new URL("dist/main.js", root)), now, now);
