import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stopEmbeddedPostgres } from "../../src/persistence/embeddedPostgres.ts";
import { isSameProcess, type ProcessIdentity } from "../../src/process/processIdentity.ts";

/** Ends what a killed daemon left running in its data directory. After a graceful stop there is nothing to end. */
export async function stopSidecars(dataDir: string): Promise<void> {
  if (!existsSync(dataDir)) return;
  for (const name of readdirSync(dataDir).filter((file) => file.endsWith(".sidecar.json"))) {
    const { process: sidecar } = JSON.parse(readFileSync(join(dataDir, name), "utf8")) as { readonly process: ProcessIdentity };
    // The pid may be somebody else's by now.
    if (isSameProcess(sidecar)) process.kill(sidecar.pid, "SIGKILL");
  }
  await stopEmbeddedPostgres({ dataDirectory: dataDir });
}
