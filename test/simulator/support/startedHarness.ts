import { onTestFinished } from "vitest";
import { type Harness, type HarnessOptions, startHarness } from "./harness.ts";

/** A simulator of the running test alone, closed when it has ended unless the test did so itself. */
export async function startedHarness(options: HarnessOptions = {}): Promise<Harness> {
  const harness = await startHarness(options);
  onTestFinished(harness.close);
  return harness;
}
