/** What the parts of the daemon give each other while it starts, from first to last. A part that was not started is absent. */
import type { AssignmentsDesk } from "../console/assignments.ts";
import type { ManufacturingDesk } from "../console/manufacturing.ts";
import type { Database } from "../persistence/database.ts";
import type { BootReport } from "../runtime/runtime.ts";
import type { SpaceApiClient } from "../space-api/client.ts";
import type { RecoverySummary } from "./recovery.ts";

export interface Parts {
  database?: OpenDatabase;
  game?: Game;
  /** Set by the fleet, which holds on to the client of its start. */
  onGameMoved?: (why: Error) => void;
  /** Set by the fleet while it plays: ends it, to be started again in the next era. */
  onEraOver?: () => void;
  /** The scope whose era the game says is over, until the next is entered. */
  eraOver?: string;
  httpUrl?: string;
  /** While the fleet runs. */
  manufacturing?: ManufacturingDesk;
  /** While the fleet runs. */
  assignments?: AssignmentsDesk;
  boot?: BootReport;
  /** What the last start found; absent when there was nothing. */
  recovery?: RecoverySummary;
}

interface OpenDatabase extends Database {
  /** Over TCP, for other programs; contains the password. */
  readonly publicUrl: string;
}

/** The game that is played and who plays it. */
export interface Game {
  readonly api: SpaceApiClient;
  readonly apiUrl: string;
  readonly agentSymbol: string;
  /** `agent/<RESET>/<SYMBOL>`. */
  readonly scope: string;
  readonly simulator: boolean;
  readonly gameSpeed: number;
  /** Nothing is changed there until the user has said --go; absent where changes are allowed. */
  readonly readOnly?: true;
}

/** A part that must be there by now; its absence is a mistake in the order of starts. */
export function need<Part>(part: Part | undefined, name: string): Part {
  if (part === undefined) throw new Error(`${name} is needed before it has been started`);
  return part;
}
