/*
 * Vitest global setup: one temporary data directory per run. The first test that needs a database starts the server there
 * (testDatabase.ts), the others adopt it, and the end of the run stops it. Servers of runs that were killed are cleared away.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { z } from "zod";
import { stopEmbeddedPostgres } from "../../src/persistence/embeddedPostgres.ts";
import { readFileIfThere } from "../../src/process/privateFile.ts";
import { isSameProcess, processIdentity } from "../../src/process/processIdentity.ts";

declare module "vitest" {
  export interface ProvidedContext {
    testServerDirectory: string;
  }
}

const PREFIX = "bosun-vitest-";
const ownerSchema = z.object({ pid: z.number(), startedAt: z.string() });

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await clearAbandoned();
  const directory = mkdtempSync(join(tmpdir(), PREFIX));
  writeFileSync(join(directory, "owner.json"), JSON.stringify(processIdentity(process.pid)));
  project.provide("testServerDirectory", directory);
  return () => remove(directory);
}

async function clearAbandoned(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const directory = join(tmpdir(), name);
    const owner = readFileIfThere(join(directory, "owner.json"));
    if (owner !== undefined && !isSameProcess(ownerSchema.parse(JSON.parse(owner)))) await remove(directory);
  }
}

async function remove(directory: string): Promise<void> {
  await stopEmbeddedPostgres({ dataDirectory: directory });
  rmSync(directory, { recursive: true, force: true });
}
