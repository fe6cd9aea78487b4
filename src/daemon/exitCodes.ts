import { DatabaseRefused } from "../persistence/database.ts";
import { DatabaseNewer } from "../persistence/migrate.ts";
import { SidecarRefused } from "../supervisor/sidecar.ts";
import { GameRefused } from "./gameAnswers.ts";

export const EXIT_FAILED = 1;
/** Wrong options: here those that only the simulator can judge, such as what is in a universe file. */
const EXIT_USAGE = 2;
/** Something the user must put right before a start can succeed. */
export const EXIT_CANNOT_START = 3;
export const EXIT_FORCED = 130;

/** How the process ends after what ended the run; undefined is a stop that was asked for. */
export function exitCodeOf(failure: Error | undefined): number {
  if (failure === undefined) return 0;
  if (!isForTheUser(failure)) return EXIT_FAILED;
  return failure instanceof SidecarRefused ? EXIT_USAGE : EXIT_CANNOT_START;
}

/** What the user must put right is no failure of ours. */
export function isForTheUser(failure: Error): boolean {
  return [GameRefused, DatabaseNewer, DatabaseRefused, SidecarRefused].some((refusal) => failure instanceof refusal);
}
