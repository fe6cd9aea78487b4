import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NO_BREADCRUMB, openBreadcrumb, readBreadcrumb } from "../../src/runtime/breadcrumb.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "bosun-watch-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Runs a process whose transition is `body`, under a watchdog of half a second and with a breadcrumb. */
async function runTransition(body: string): Promise<{ signal: string | null; code: number | null; path: string }> {
  const path = join(directory, "transition");
  const script = join(directory, "run.mts");
  const runtime = new URL("../../src/runtime/", import.meta.url).href;
  writeFileSync(
    script,
    `import { openBreadcrumb } from "${runtime}breadcrumb.ts";
     import { startTransitionWatchdog } from "${runtime}transitionWatchdog.ts";
     const crumb = openBreadcrumb(${JSON.stringify(path)});
     const watchdog = startTransitionWatchdog(500);
     crumb.name([{ address: "agent/one", messageId: "m1" }]); watchdog.enter();
     ${body}
     crumb.clear(); watchdog.leave();
     await new Promise((resolve) => setTimeout(resolve, 1200));
     await watchdog.stop();`,
  );
  const child = spawn(process.execPath, ["--import", "tsx", script], { stdio: "ignore", cwd: process.cwd() });
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  return { code, signal, path };
}

describe("a transition that does not end", () => {
  it("ends the process, and the breadcrumb names its message [G7] [H8]", async () => {
    const { signal, path } = await runTransition("for (;;) {}");
    expect(signal).toBe("SIGKILL");
    expect(readBreadcrumb(path)).toEqual([{ address: "agent/one", messageId: "m1" }]);
  });

  it("is not seen in a process that is merely idle [H8]", async () => {
    const { code, path } = await runTransition("");
    expect(code).toBe(0);
    expect(readBreadcrumb(path)).toEqual([]);
  });
});

describe("a breadcrumb", () => {
  it("names the group of messages that is being tried, until it is cleared [H8]", () => {
    const path = join(directory, "deep", "crumb");
    expect(readBreadcrumb(path)).toEqual([]);
    const crumb = openBreadcrumb(path);
    expect(readBreadcrumb(path)).toEqual([]);
    const group = [
      { address: "agent/a-long-address", messageId: "message ü 1" },
      { address: "agent/b", messageId: "m2" },
    ];
    crumb.name(group);
    expect(readBreadcrumb(path)).toEqual(group);
    crumb.name([{ address: "agent/c", messageId: "m3" }]);
    expect(readBreadcrumb(path)).toEqual([{ address: "agent/c", messageId: "m3" }]);
    crumb.clear();
    expect(readBreadcrumb(path)).toEqual([]);
    crumb.close();
  });

  it("that is cut off names nobody [H8]", () => {
    const path = join(directory, "crumb");
    writeFileSync(path, '+[["agent/b","m');
    expect(readBreadcrumb(path)).toEqual([]);
    expect(NO_BREADCRUMB.name([{ address: "a", messageId: "b" }])).toBeUndefined();
  });
});
