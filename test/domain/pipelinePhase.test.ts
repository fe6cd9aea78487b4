import { describe, expect, it } from "vitest";
import { type PhaseTask, pipelinePhase } from "../../src/domain/pipelinePhase.ts";

const delivery = (status: string): PhaseTask => ({ type: "ACQUIRE_DELIVER", status, cargoAboard: false });
const sale = (status: string, cargoAboard = false): PhaseTask => ({ type: "COLLECT_SELL", status, cargoAboard });

describe("the phase of a pipeline", () => {
  it.each([
    ["feeding", [delivery("COMPLETED"), delivery("EXECUTING"), sale("PENDING")]],
    ["producing", [delivery("COMPLETED"), delivery("CANCELLED"), sale("PENDING")]],
    ["collecting", [delivery("COMPLETED"), sale("ASSIGNED")]],
    ["selling", [delivery("COMPLETED"), sale("EXECUTING", true)]],
    ["trading", [sale("EXECUTING")]],
    ["selling", [sale("EXECUTING", true)]],
    ["windingUp", [delivery("COMPLETED"), sale("COMPLETED")]],
  ] as const)("is %s by what its tasks do", (phase, tasks) => {
    expect(pipelinePhase("EXECUTING", tasks, false)).toBe(phase);
  });

  it("waits for an intermediate product as for the last one", () => {
    const collected: PhaseTask = { type: "COLLECT_DELIVER", status: "PENDING", cargoAboard: false };
    expect(pipelinePhase("EXECUTING", [delivery("COMPLETED"), collected, sale("PENDING")], false)).toBe("producing");
  });

  it("is winding up from the moment that it has a reason to end, and then how it ended", () => {
    const tasks = [delivery("EXECUTING"), sale("CANCELLED")];
    expect(pipelinePhase("EXECUTING", tasks, true)).toBe("windingUp");
    expect(pipelinePhase("PLANNING", [], false)).toBe("planning");
    for (const [status, phase] of Object.entries({ COMPLETED: "completed", FAILED: "failed", CANCELLED: "cancelled" }))
      expect(pipelinePhase(status, tasks, true)).toBe(phase);
  });
});
