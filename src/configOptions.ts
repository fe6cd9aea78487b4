import { z } from "zod";
import { numberOption, type OptionSpec, urlOption } from "./options.ts";

/** The real game, spoken to when a token file is given and no other address. */
export const GAME_URL = "https://api.spacetraders.io/v2";

const path = z.string({ error: "it must be a path" }).min(1, { error: "it must not be empty" });

/** Everything the daemon can be told. */
export const DAEMON_OPTIONS: readonly OptionSpec[] = [
  {
    flag: "data-dir",
    key: "dataDir",
    environment: "BOSUN_DATA_DIR",
    argument: "DIR",
    help: "Where the database, universe, secrets and daemon.json live",
    defaultText: ".bosun",
    schema: path,
    inFile: false,
  },
  {
    flag: "config",
    key: "config",
    environment: "BOSUN_CONFIG",
    argument: "FILE",
    help: "Options as JSON",
    defaultText: "DATA_DIR/bosun.json if it exists",
    schema: path,
    inFile: false,
  },
  {
    flag: "seed",
    key: "seed",
    environment: "BOSUN_SEED",
    argument: "N",
    help: "Which universe the simulator generates",
    defaultText: "that of the data directory, else 1",
    schema: numberOption({ min: 0, max: 4_294_967_295, integer: true }),
  },
  {
    flag: "universe",
    key: "universe",
    environment: "BOSUN_UNIVERSE",
    argument: "FILE",
    help: "A captured system for the simulator instead of a generated one",
    schema: path,
  },
  {
    flag: "speed",
    key: "speed",
    environment: "BOSUN_SPEED",
    argument: "N",
    help: "Game seconds per second in the simulator",
    defaultText: "60",
    schema: numberOption({ min: 1, max: 10_000 }),
  },
  {
    flag: "fleet",
    key: "fleet",
    environment: "BOSUN_FLEET",
    argument: "FRESH|TEN|FILE",
    help: "The ships an agent of the simulator begins with",
    defaultText: "FRESH",
    schema: path,
  },
  {
    flag: "api-url",
    key: "apiUrl",
    environment: "BOSUN_API_URL",
    argument: "URL",
    help: "A SpaceTraders v2 server to play on instead of the embedded simulator",
    schema: urlOption("http", "https"),
  },
  {
    flag: "token-file",
    key: "tokenFile",
    environment: "SPACETRADERS_TOKEN_FILE",
    argument: "FILE",
    help: `File with an agent's token; plays the real game at ${GAME_URL} unless --api-url says otherwise`,
    schema: path,
  },
  {
    flag: "account-token-file",
    key: "accountTokenFile",
    environment: "BOSUN_ACCOUNT_TOKEN_FILE",
    argument: "FILE",
    help: "File with the account's token, to register an agent with, and anew after each reset; or the token itself in BOSUN_ACCOUNT_TOKEN",
    schema: path,
  },
  {
    flag: "agent",
    key: "agent",
    environment: "BOSUN_AGENT",
    argument: "SYMBOL",
    help: "Call sign to register when there is no token yet",
    defaultText: "BOSUN",
    schema: z
      .string({ error: "it must be text" })
      .regex(/^[A-Z0-9_-]{3,14}$/, { error: "it must be 3 to 14 characters of A-Z, 0-9, _ and -" }),
  },
  {
    flag: "database-url",
    key: "databaseUrl",
    environment: "DATABASE_URL",
    argument: "URL",
    help: "Your own Postgres instead of the embedded one",
    schema: urlOption("postgres", "postgresql"),
  },
  {
    flag: "nats-url",
    key: "natsUrl",
    environment: "NATS_URL",
    argument: "URL",
    help: "Your own NATS server; may hold user:password@ or token@",
    schema: urlOption("nats", "tls"),
  },
  {
    flag: "nats-creds",
    key: "natsCreds",
    environment: "NATS_CREDS",
    argument: "FILE",
    help: "Credentials for --nats-url: a creds file, a token on one line, or user and password on two",
    schema: path,
  },
  {
    flag: "bus",
    key: "bus",
    environment: "BOSUN_BUS",
    argument: "auto|nats|in-process",
    help: "auto starts a nats-server found on the PATH, else stays in the process; nats insists on one",
    defaultText: "auto",
    schema: z.enum(["auto", "nats", "in-process"], { error: "it must be auto, nats or in-process" }),
  },
  {
    flag: "http-port",
    key: "httpPort",
    environment: "BOSUN_HTTP_PORT",
    argument: "N",
    help: "Page, API and inspector, on 127.0.0.1; the next free port if taken, 0 for any",
    defaultText: "4000",
    schema: numberOption({ min: 0, max: 65_535, integer: true }),
  },
  {
    flag: "policy",
    key: "policy",
    environment: "BOSUN_POLICY",
    argument: "FILE",
    help: "Figures of the fleet as JSON: intervals, money guards, planning (docs/manufacturing.md); an object in bosun.json",
    schema: z.union([path, z.record(z.string(), z.unknown())], { error: "it must be a path, or an object with figures" }),
  },
  {
    flag: "run-for",
    key: "runForSeconds",
    environment: "BOSUN_RUN_FOR_SECONDS",
    argument: "SECONDS",
    help: "Stop gracefully after that time, exit 0",
    schema: numberOption({ min: 0.1, max: 31_536_000 }),
  },
  {
    flag: "log",
    key: "log",
    environment: "BOSUN_LOG",
    argument: "auto|json|pretty",
    help: "auto: a live view on a terminal, JSON lines elsewhere",
    defaultText: "auto",
    schema: z.enum(["auto", "json", "pretty"], { error: "it must be auto, json or pretty" }),
  },
];

export const DAEMON_SWITCHES: readonly OptionSpec[] = [
  {
    flag: "go",
    key: "go",
    help: "Allow changes to a game that is no simulator: without it the game is only read. Remembered for this agent",
    schema: z.literal(true),
  },
  { flag: "help", key: "help", short: "h", help: "Show this and exit", schema: z.literal(true) },
  { flag: "version", key: "version", short: "V", help: "Show the version and exit", schema: z.literal(true) },
];

/** Variables with our prefix that are no options: a secret, crash points, and what the tests set. */
export const OTHER_VARIABLES = ["BOSUN_ACCOUNT_TOKEN", "BOSUN_CRASH_AT", "BOSUN_REQUIRE_SERVICES"];
export const OTHER_PREFIX = "BOSUN_TEST_";
