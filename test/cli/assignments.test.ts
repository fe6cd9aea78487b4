import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { assignmentsCommand, clearAssignmentsCommand } from "../../src/cli/assignments.commands.ts";
import { ExitCode } from "../../src/cli/exitCode.ts";
import { writeDaemonFile } from "../../src/daemon/daemonFile.ts";
import { type HttpStub, json, startHttpStub } from "../support/httpStub.ts";
import { answerCommand, callCommand } from "./callCommand.ts";

const OWNER = "agent/2026-11-21/BOSUN/coordinator/task/7";

let directory: string;
let daemon: HttpStub;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "bosun-cli-"));
  daemon = await startHttpStub();
  writeDaemonFile(directory, {
    pid: process.pid,
    version: "0.1.0",
    agent: "agent/2026-11-21/BOSUN",
    httpUrl: daemon.url,
    databaseUrl: "postgres://nowhere",
    natsUrl: null,
    apiUrl: "http://nowhere",
    operatorToken: "token-of-the-operator",
  });
});
afterEach(async () => {
  await daemon.close();
  rmSync(directory, { recursive: true, force: true });
});

describe("bosun assignments", () => {
  it("lists who holds which ship, and points at what nobody holds any more", async () => {
    const held = {
      ship: "BOSUN-3",
      owner: OWNER,
      ownerStatus: "gone",
      operation: "COLLECT_SELL",
      assignedAt: "2026-11-21T12:00:00.000Z",
    };
    daemon.answer((_request, response) => json(response, 200, [held]));
    const said = await callCommand(assignmentsCommand, "--data-dir", directory);
    expect(said.stdout).toMatch(/^SHIP +HOLDER +FOR +SINCE +ADDRESS\nBOSUN-3 +gone +COLLECT_SELL/);
    expect(said.told).toBe("1 held by nobody who lives; bosun assignments clear frees them");
    const asJson = await callCommand(assignmentsCommand, "--data-dir", directory, "-o", "json");
    expect(JSON.parse(asJson.stdout)).toEqual([held]);
  });

  it("clear says how many it freed, and fails when it was refused one [R003-16]", async () => {
    const cleared = [{ ship: "BOSUN-3", owner: OWNER }];
    daemon.answer((_request, response) => json(response, 200, { cleared, handedOver: [], refused: [] }));
    const said = await callCommand(clearAssignmentsCommand, "--data-dir", directory);
    expect(said).toMatchObject({ status: 0, stdout: `1 assignment cleared (manual_cleanup)\n  BOSUN-3, held by ${OWNER}` });
    expect(JSON.parse(daemon.requests[0]?.body ?? "")).toEqual({ ships: [], force: false });
    expect(daemon.requests[0]?.headers.authorization).toBe("Bearer token-of-the-operator");
    const refused = [{ ship: "BOSUN-4", detail: "its owner lives" }];
    daemon.answer((_request, response) => json(response, 200, { cleared: [], handedOver: [], refused }));
    const failed = await callCommand(clearAssignmentsCommand, "--data-dir", directory, "BOSUN-4");
    expect(failed).toMatchObject({
      status: ExitCode.refused,
      stdout: "0 assignments cleared",
      stderr: "BOSUN-4: its owner lives",
    });
    const asJson = await callCommand(clearAssignmentsCommand, "--data-dir", directory, "BOSUN-4", "-o", "json");
    expect(asJson).toMatchObject({ status: ExitCode.refused, stderr: "BOSUN-4: its owner lives" });
    expect(JSON.parse(asJson.stdout)).toEqual({ count: 0, cleared: [], handedOver: [], refused });
  });

  it("clear --force does nothing before the names were typed once more", async () => {
    const force = ["BOSUN-3", "BOSUN-4", "--force", "--data-dir", directory];
    for (const typed of [undefined, "", "BOSUN-3", "yes"]) {
      const said = await answerCommand(clearAssignmentsCommand, force, typed);
      expect(said).toMatchObject({ status: ExitCode.usage, stderr: "not confirmed; nothing was done" });
    }
    const nameless = await answerCommand(clearAssignmentsCommand, ["--force", "--data-dir", directory], "");
    expect(nameless).toMatchObject({ status: ExitCode.usage, stderr: "--force needs the names of the ships" });
    expect(daemon.requests).toEqual([]);
    const handedOver = [
      { ship: "BOSUN-3", owner: OWNER, done: true },
      { ship: "BOSUN-4", owner: OWNER, done: false },
    ];
    daemon.answer((_request, response) => json(response, 200, { cleared: [], handedOver, refused: [] }));
    const said = await answerCommand(clearAssignmentsCommand, force, "BOSUN-3  BOSUN-4 ");
    expect(said.stdout).toContain(`${OWNER} gave BOSUN-3 back\n${OWNER} sells what is aboard and then gives BOSUN-4 back`);
    expect(JSON.parse(daemon.requests[0]?.body ?? "")).toEqual({ ships: ["BOSUN-3", "BOSUN-4"], force: true });
  });
});
