import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { universeHash } from "../../src/simulator/universeHash.ts";
import { type Life, liveLife, type Plant, type Style } from "./support/lifeRun.ts";
import { freshOf } from "./support/scriptedLife.ts";

const PROGRAM = join(import.meta.dirname, "support/lifeRun.ts");

/** The life in a process of its own. */
function processLife(seed: number, requests: number, style: Style): Promise<Life> {
  return new Promise((resolve, reject) => {
    const args = ["--import", "tsx", PROGRAM, String(seed), String(requests), style];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(JSON.parse(output) as Life);
      else reject(new Error(`${style} ended with ${code}`));
    });
  });
}

describe("one seed and the same requests at the same game times", () => {
  it("give one universe, byte for byte, in processes of other speeds, pauses, jumps, looks and kills [SIM-DETERMINISM]", {
    timeout: 30_000,
  }, async () => {
    const [steady, restless, killed] = await Promise.all([
      processLife(11, 300, "steady"),
      processLife(11, 300, "restless"),
      processLife(11, 300, "killed"),
    ]);
    // A life worth comparing: days long, much done and much refused.
    expect(steady.gameMs).toBeGreaterThan(12 * 3_600_000);
    expect(steady.mutations).toBeGreaterThan(60);
    expect(steady.statuses.filter((status) => status >= 400).length).toBeGreaterThan(60);
    expect(restless).toEqual(steady);
    expect(killed).toEqual(steady);
  });

  it("give another universe for another seed [SIM-DETERMINISM]", () => {
    expect(liveLife(12, 20, "steady").hash).not.toBe(liveLife(13, 20, "steady").hash);
  });

  it.each<Plant>(["readMovesStock", "wallInState", "drawnId"])(
    "are noticed to differ when %s is planted [SIM-DETERMINISM]",
    (plant) => {
      expect(liveLife(14, 60, "restless", "none").hash).toBe(liveLife(14, 60, "steady", "none").hash);
      expect(liveLife(14, 60, "restless", plant).hash).not.toBe(liveLife(14, 60, "steady", plant).hash);
    },
  );
});

describe("the hash of a universe", () => {
  it("does not know the wall, the key of the tokens or the name it came by [SIM-DETERMINISM]", () => {
    const universe = freshOf(3, 60, Date.parse("2026-01-01T00:00:00Z"));
    const elsewhere = { ...freshOf(3, 1, Date.parse("2030-05-05T05:05:05Z")), source: "copied.json" };
    expect(elsewhere.secret).not.toBe(universe.secret);
    expect(universeHash(elsewhere)).toBe(universeHash(universe));
  });

  it("does not know the order in which things were noted, and knows every number [SIM-DETERMINISM]", () => {
    const universe = freshOf(3, 60, 0);
    const reordered = Object.fromEntries(Object.entries(universe).toReversed()) as typeof universe;
    expect(universeHash(reordered)).toBe(universeHash(universe));
    const moved = structuredClone(universe);
    const good = moved.markets[0]?.goods[0];
    if (good === undefined) throw new Error("a market without goods");
    good.stock += 1e-9;
    expect(universeHash(moved)).not.toBe(universeHash(universe));
  });
});

it("nothing in the simulator reads the machine's clock or draws by chance but in the named places [SIM-DETERMINISM]", () => {
  const root = join(import.meta.dirname, "../../src/simulator");
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const reading =
    /Date\.now|new Date\(\)|performance\.|Math\.random|random(?:Bytes|UUID|Int)\(|set(?:Timeout|Interval|Immediate)\(/;
  expect(files.filter((file) => reading.test(readFileSync(join(root, file), "utf8"))).toSorted()).toEqual([
    // The key of the tokens, which the hash leaves out.
    "freshUniverse.ts",
    // The one wall clock that the process hands in.
    "gameClock.ts",
    // Ids of refusals, which are on the wire only.
    "refusal.ts",
    // The wait of injected delays, which can be handed in too.
    "server.ts",
    // The process itself: its ticker, and its patience when it stops.
    "simulatorProcess.ts",
    // A command that measures how fast a universe ticks.
    "summarizeWorld.ts",
  ]);
});
