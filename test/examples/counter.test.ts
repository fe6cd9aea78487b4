import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, it } from "vitest";
import { stopEmbeddedPostgres } from "../../src/persistence/embeddedPostgres.ts";

const directory = mkdtempSync(join(tmpdir(), "bosun-counter-"));
let running: ChildProcess | undefined;

afterEach(async () => {
  if (running?.exitCode === null) running.kill("SIGKILL");
  await stopEmbeddedPostgres({ dataDirectory: directory });
  rmSync(directory, { recursive: true, force: true });
});

/** Runs the example until a line passes `enough`, or to its end; resolves with its lines. */
async function runExample(
  enough: (line: string) => boolean,
): Promise<{ readonly lines: readonly string[]; readonly child: ChildProcess }> {
  const child = spawn(process.execPath, ["--import", "tsx", "examples/counter.ts", directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  running = child;
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (enough(line)) break;
  }
  return { lines, child };
}

describe("the counter of examples/", () => {
  it("goes on counting after a kill -9, in the state, with the timer and the job it had [G1] [G4] [H2]", async () => {
    const first = await runExample((line) => line.includes('{"n":4}'));
    first.child.kill("SIGKILL");
    await once(first.child, "exit");
    expect(first.lines[0]).toMatch(/with 0 actors/);

    const second = await runExample(() => false);
    expect(second.lines[0]).toMatch(/with 1 actors, [01] timers/);
    expect(second.lines.at(-1)).toBe('"finished" {"n":10}');
    expect(second.lines.slice(1).some((line) => /"n":[123]\}/.test(line))).toBe(false);

    const numbers = readFileSync(join(directory, "numbers"), "utf8").trim().split("\n").map(Number);
    expect([...new Set(numbers)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    // A safe job whose result was not yet committed is repeated: once, for the number in flight.
    expect(numbers.length).toBeLessThanOrEqual(11);
  }, 60_000);
});
