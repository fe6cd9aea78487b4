import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { hostOn, SCOPE, until } from "../support/hostFixture.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";
import { TICKING_LEASE_MS, ticker } from "../support/tickingHost.ts";

const program = fileURLToPath(new URL("../support/tickingHost.ts", import.meta.url));
const COMMITS_PER_EPOCH = 2 ** 32;

let database: TestDatabase;
let paused: ChildProcess | undefined;
let second: Runtime | undefined;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  paused?.kill("SIGKILL");
  await second?.stop({ withinMs: 500 });
});
afterAll(() => database.cleanup());

/** Resolves when the process says `line`. */
function said(child: ChildProcess, line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const { stdout } = child;
    if (stdout === null) throw new Error("its output is not piped");
    createInterface({ input: stdout }).on("line", (text) => {
      if (text === line) resolve();
    });
    child.once("exit", (code, signal) => reject(new Error(`it ended (${code ?? signal}) before it said ${line}`)));
  });
}

/** Versions that the owner of `epoch` has written. */
async function written(epoch: number): Promise<number[]> {
  const { rows } = await database.pool.query<{ version: string }>(
    "SELECT version FROM bosun.journal WHERE address = $1 AND commit_no / $2::bigint = $3 ORDER BY commit_no",
    [`${SCOPE}/t`, COMMITS_PER_EPOCH, epoch],
  );
  return rows.map(({ version }) => Number(version));
}

it("a process that was paused across its lease writes nothing more and learns that it is succeeded [G6] [H6] [H12]", async () => {
  paused = spawn(process.execPath, ["--import", "tsx", program, database.url], { stdio: ["ignore", "pipe", "inherit"] });
  const fenced = said(paused, "fenced");
  await said(paused, "ticking");
  paused.kill("SIGSTOP");
  const stoppedAt = performance.now();

  second = hostOn(database, [ticker], { limits: { acquireWaitMs: 5_000 } });
  expect((await second.start()).epoch).toBe(2);
  // It lives, as far as anybody can tell: only its lease says that it may be succeeded.
  expect(performance.now() - stoppedAt).toBeGreaterThan(TICKING_LEASE_MS / 2);
  const byTheFirst = await written(1);
  expect(byTheFirst.length).toBeGreaterThan(0);
  const at = (await second.view(`${SCOPE}/t`))?.version ?? 0;
  await until(second, `${SCOPE}/t`, ({ version }) => version > at + 3);

  paused.kill("SIGCONT");
  await fenced;
  const resumed = (await second.view(`${SCOPE}/t`))?.version ?? 0;
  await until(second, `${SCOPE}/t`, ({ version }) => version > resumed + 3);
  expect(await written(1)).toEqual(byTheFirst);
  const versions = [...byTheFirst, ...(await written(2))];
  expect(versions).toEqual(versions.map((_, index) => index + 1));
});
