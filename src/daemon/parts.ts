/** What the parts of the daemon give each other while it starts, from first to last. A part that was not started is absent. */
import type { Database } from "../persistence/database.ts";
import type { BootReport } from "../runtime/runtime.ts";
import type { SpaceApiClient } from "../space-api/client.ts";

export interface Parts {
  database?: OpenDatabase;
  game?: Game;
  /** Set by the fleet, which holds on to the client of its start. */
  onGameMoved?: (why: Error) => void;
  httpUrl?: string;
  boot?: BootReport;
}

interface OpenDatabase extends Database {
  /** Over TCP, for other programs; contains the password. */
  readonly publicUrl: string;
}

/** The game that is played and who plays it. */
interface Game {
  readonly api: SpaceApiClient;
  readonly apiUrl: string;
  readonly agentSymbol: string;
  /** `agent/<RESET>/<SYMBOL>`. */
  readonly scope: string;
  readonly simulator: boolean;
  readonly gameSpeed: number;
}

/** A part that must be there by now; its absence is a mistake in the order of starts. */
export function need<Part>(part: Part | undefined, name: string): Part {
  if (part === undefined) throw new Error(`${name} is needed before it has been started`);
  return part;
}
