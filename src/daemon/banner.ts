import type { Palette } from "../console/terminalText.ts";
import { natsHosts } from "../messaging/natsCredentials.ts";
import { withoutPassword } from "../persistence/database.ts";
import type { BusChoice } from "./busProcess.ts";

export interface BannerFacts {
  readonly version: string;
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  readonly bus: BusChoice;
  /** The game's address; undefined for the embedded simulator. */
  readonly apiUrl: string | undefined;
  readonly universe: { readonly seed: number; readonly universe: string | undefined; readonly speed: number } | undefined;
  readonly agent: string;
}

/** What this daemon is made of, said before anything starts. */
export function openingBanner(facts: BannerFacts, palette: Palette): string {
  const { universe } = facts;
  const played = universe?.universe ?? `generated universe, seed ${universe?.seed}`;
  const lines: readonly (readonly [string, string])[] = [
    [
      "game",
      facts.apiUrl ??
        `${palette.warn("SIMULATOR")} ${palette.dim(`${played}, ${universe?.speed} times as fast; nothing here is real`)}`,
    ],
    ["agent", facts.agent],
    ["database", facts.databaseUrl === undefined ? "embedded Postgres" : withoutPassword(facts.databaseUrl)],
    ["bus", busText(facts.bus)],
    ["data", facts.dataDir],
  ];
  const body = lines.map(([name, text]) => `  ${palette.dim(name.padEnd(9))} ${text}`);
  return [`${palette.bold("bosun")} ${facts.version}`, ...body].join("\n");
}

/** Where it is and what to type next, said when it sails. */
export function readyBanner(
  facts: { readonly httpUrl: string; readonly dataDir: string; readonly readOnly: boolean; readonly isDefaultDir: boolean },
  palette: Palette,
): string {
  const where = facts.isDefaultDir ? "" : ` --data-dir ${facts.dataDir}`;
  const lines: readonly (readonly [string, string])[] = [
    ...(facts.readOnly ? [["read only", palette.warn("nothing in the game is changed until you start with --go")] as const] : []),
    ["page", palette.bold(facts.httpUrl)],
    ["status", `npx bosun status${where}`],
    ["debug", `npx bosun snapshot dump${where}`],
    ["stop", "Ctrl-C; a kill -9 loses nothing, the next start goes on"],
  ];
  return lines.map(([name, text]) => `  ${palette.dim(name.padEnd(9))} ${text}`).join("\n");
}

function busText(choice: BusChoice): string {
  switch (choice.bus) {
    case "configured":
      return natsHosts(choice.url).join(", ");
    case "sidecar":
      return "nats-server, found on the PATH";
    case "in-process":
      return choice.because === "chosen"
        ? "in this process, as asked; nobody outside hears events"
        : "in this process: no nats-server on the PATH, nobody outside hears events";
    case "missing":
      return "none";
  }
}
