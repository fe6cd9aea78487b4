/** `npm start`: builds when dist is missing or older than the sources, then runs the daemon with the arguments passed through. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const main = join(root, "dist", "main.js");

if (isStale()) {
  process.stderr.write("building…\n");
  const built = spawnSync("npm", ["run", "build", "--silent"], { cwd: root, stdio: ["ignore", 2, 2] });
  if (built.status !== 0) process.exit(built.status ?? 1);
}

const daemon = spawn(process.execPath, ["--enable-source-maps", main, ...process.argv.slice(2)], { stdio: "inherit" });

// A Ctrl-C in the terminal reaches the daemon by itself; kill and service managers reach only us.
let interrupted = false;
process.on("SIGINT", () => {
  if (interrupted || !process.stdin.isTTY) daemon.kill("SIGINT");
  interrupted = true;
});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => daemon.kill(signal));
daemon.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));

/** Whether a source is newer than the build's last file. */
function isStale() {
  if (!existsSync(main) || !existsSync(join(root, "dist", "console", "page", "index.html"))) return true;
  const builtAtMs = statSync(main).mtimeMs;
  return newestIn(join(root, "src")) > builtAtMs || statSync(join(root, "package.json")).mtimeMs > builtAtMs;
}

function newestIn(folder) {
  return Math.max(
    ...readdirSync(folder, { withFileTypes: true }).map((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? newestIn(path) : statSync(path).mtimeMs;
    }),
  );
}
