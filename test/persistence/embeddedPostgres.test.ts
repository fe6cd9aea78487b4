import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EmbeddedPostgres, startEmbeddedPostgres, stopEmbeddedPostgres } from "../../src/persistence/embeddedPostgres.ts";
import { isAlive, isSameProcess } from "../../src/process/processIdentity.ts";

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;

async function query(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: "array" });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

interface Said {
  readonly url: string;
  readonly origin: string;
  readonly home: string;
  readonly pid: number;
  readonly uid: number;
}

const DAEMON = fileURLToPath(new URL("./embeddedPostgresDaemon.ts", import.meta.url));

/** Starts the little daemon as a real process; resolves to what it says once its database is up. */
async function startDaemon(
  dataDirectory: string,
  options: { readonly uid?: number; readonly gid?: number; readonly program?: string } = {},
): Promise<{ readonly daemon: ChildProcess; readonly said: Said }> {
  const { program = DAEMON, ...ids } = options;
  const args = ["--import", import.meta.resolve("tsx"), program, dataDirectory];
  const daemon = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "pipe"],
    cwd: tmpdir(),
    env: { PATH: process.env["PATH"] },
    ...ids,
  });
  let complaint = "";
  daemon.stderr?.on("data", (part) => (complaint += String(part)));
  const firstLine = once(createInterface({ input: daemon.stdout }), "line");
  const line = await Promise.race([
    firstLine,
    once(daemon, "exit").then(([code]) => Promise.reject(new Error(`exit ${code}: ${complaint}`))),
  ]);
  return { daemon, said: JSON.parse(String(line[0])) };
}

async function kill(daemon: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exit = once(daemon, "exit");
  daemon.kill(signal);
  await exit;
}

describe("the embedded Postgres", () => {
  let directory = "";
  let server: EmbeddedPostgres;
  async function start(): Promise<EmbeddedPostgres> {
    server = await startEmbeddedPostgres({ dataDirectory: directory });
    return server;
  }

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "bosun-pg-test-"));
    await start();
    await query(server.url, "create table kept as select 42 as answer");
  });

  afterAll(async () => {
    await stopEmbeddedPostgres({ dataDirectory: directory });
    rmSync(directory, { recursive: true, force: true });
  });

  it("is durable and listens on loopback and a Unix socket only", async () => {
    expect(server.origin).toBe("created");
    expect(await query(server.socketUrl, "select inet_server_addr() is null")).toBe(true);
    expect(await query(server.url, "show fsync")).toBe("on");
    expect(await query(server.url, "show synchronous_commit")).toBe("on");
    expect(await query(server.url, "show listen_addresses")).toBe("127.0.0.1");
    expect(await query(server.url, "show unix_socket_permissions")).toBe("0700");
  });

  it("lets nobody in without the password, which only we can read", async () => {
    const wrong = new URL(server.url);
    wrong.password = "guess";
    await expect(query(wrong.href, "select 1")).rejects.toMatchObject({ code: "28P01" });
    expect(statSync(join(directory, "postgres.json")).mode & 0o777).toBe(0o600);
    expect(statSync(join(server.home, "data")).mode & 0o777).toBe(0o700);
    expect(existsSync(join(server.home, "initial-password"))).toBe(false);
  });

  it("is in a session of its own, so a Ctrl-C does not reach it [H16]", () => {
    const sessionOf = (pid: number) => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[3];
    expect(sessionOf(server.identity.pid)).toBe(String(server.identity.pid));
    expect(sessionOf(process.pid)).not.toBe(String(server.identity.pid));
  });

  it("is adopted by who asks next, and a graceful stop stops an adopted one too [H16]", async () => {
    const { pid } = server.identity;
    const adopted = await start();
    expect(adopted).toMatchObject({ origin: "adopted", identity: { pid } });
    await adopted.stop();
    expect(isAlive(pid)).toBe(false);
  });

  it("keeps its data and its port over a stop", async () => {
    const { url } = server;
    expect((await start()).origin).toBe("started");
    expect(server.url).toBe(url);
    expect(await query(server.url, "select answer from kept")).toBe(42);
  });

  it("takes another port when a stranger has taken its own [H16]", async () => {
    await server.stop();
    const { createServer } = await import("node:net");
    const stranger = createServer().listen(Number(new URL(server.url).port), "127.0.0.1");
    await once(stranger, "listening");
    const before = server.url;
    await start();
    stranger.close();
    expect(server.url).not.toBe(before);
    expect(await query(server.url, "select answer from kept")).toBe(42);
  });

  it("starts over the stale postmaster.pid that a kill -9 of the server left [H16]", async () => {
    process.kill(server.identity.pid, "SIGKILL");
    while (isSameProcess(server.identity)) await new Promise((resolve) => setImmediate(resolve));
    expect(existsSync(join(server.home, "data/postmaster.pid"))).toBe(true);
    expect((await start()).origin).toBe("started");
    expect(await query(server.url, "select answer from kept")).toBe(42);
  });

  it("starts over a postmaster.pid whose pid now belongs to another program [H16]", async () => {
    await server.stop();
    // Postgres takes a living pid for a running server unless that process belongs to a user it may not signal.
    const stranger = spawn("sleep", ["60"], isRoot ? { uid: NOBODY, gid: NOBODY } : {});
    writeFileSync(
      join(server.home, "data/postmaster.pid"),
      `${stranger.pid}\n${server.home}/data\n1700000000\n5432\n/tmp\n127.0.0.1\n        1         1\nready   \n`,
    );
    try {
      expect((await start()).origin).toBe("started");
      expect(stranger.exitCode).toBeNull();
    } finally {
      stranger.kill();
    }
  });

  it("gives a copied data directory a server of its own while the original runs [H16]", async () => {
    const copy = mkdtempSync(join(tmpdir(), "bosun-pg-test-"));
    try {
      cpSync(directory, copy, { recursive: true, filter: (source) => !source.includes("/run/") });
      if (isRoot) execFileSync("chown", ["-R", "nobody", join(copy, "postgres")]);
      const own = await startEmbeddedPostgres({ dataDirectory: copy });
      expect(own.identity.pid).not.toBe(server.identity.pid);
      expect(own.url).not.toBe(server.url);
      await own.stop();
      expect(await query(server.url, "select answer from kept")).toBe(42);
    } finally {
      await stopEmbeddedPostgres({ dataDirectory: copy });
      rmSync(copy, { recursive: true, force: true });
    }
  });
});

describe("a daemon that is killed", () => {
  const directories: string[] = [];
  const makeDirectory = () => {
    const path = mkdtempSync(join(tmpdir(), "bosun-pg-test-"));
    directories.push(path);
    return path;
  };
  afterAll(async () => {
    for (const path of directories) {
      await stopEmbeddedPostgres({ dataDirectory: path });
      rmSync(path, { recursive: true, force: true });
    }
  });

  it("leaves its Postgres running, the next one adopts it, and a third is refused meanwhile [H16]", async () => {
    const path = makeDirectory();
    const first = await startDaemon(path);
    await query(first.said.url, "create table kept as select 7 as answer");
    expect(first.said.home).toBe(join(path, "postgres"));
    // Root lends the server an ordinary user, and keeps the data in the data directory.
    expect(readFileSync(`/proc/${first.said.pid}/status`, "utf8")).toMatch(/^Uid:\t(?!0\t)/m);
    expect(statSync(path).mode & 0o777).toBe(isRoot ? 0o711 : 0o700);
    await kill(first.daemon, "SIGKILL");
    expect(isAlive(first.said.pid)).toBe(true);

    const second = await startDaemon(path);
    expect(second.said).toMatchObject({ origin: "adopted", pid: first.said.pid });
    await expect(startDaemon(path)).rejects.toThrow(
      `exit 3: the data directory ${path} is in use by the daemon with pid ${second.daemon.pid}`,
    );
    expect(await query(second.said.url, "select answer from kept")).toBe(7);

    await kill(second.daemon, "SIGTERM");
    expect(isAlive(first.said.pid)).toBe(false);
  });

  it.runIf(isRoot)("as root below a closed home puts the data where the server's user can enter", async () => {
    const closed = makeDirectory();
    chmodSync(closed, 0o700);
    const path = join(closed, "data");
    mkdirSync(path);
    const { daemon, said } = await startDaemon(path);
    try {
      expect(said.home).toMatch(/^\/var\/lib\/bosun\//);
      expect(statSync(path).mode & 0o777).toBe(0o700);
      expect(await query(said.url, "select 1")).toBe(1);
    } finally {
      await kill(daemon, "SIGTERM");
      rmSync(said.home, { recursive: true, force: true });
    }
  });

  it.runIf(isRoot)("runs as an ordinary user, inside a 0700 data directory", async () => {
    const path = makeDirectory();
    chownSync(path, NOBODY, NOBODY);
    const { daemon, said } = await startDaemon(path, { uid: NOBODY, gid: NOBODY });
    expect(said).toMatchObject({ uid: NOBODY, home: join(path, "postgres") });
    expect(statSync(path).mode & 0o777).toBe(0o700);
    await kill(daemon, "SIGTERM");
  });

  it("begins again when the one before was killed while it made the cluster", async () => {
    const path = makeDirectory();
    const first = await startEmbeddedPostgres({ dataDirectory: path });
    await first.stop();
    // What is left then: settings, programs, and a part of a cluster beside the place of the whole one.
    renameSync(join(first.home, "data"), join(first.home, "data-interrupted.new"));
    // The last start is remembered: a database that was in use is missed, never silently replaced by an empty one.
    await expect(startEmbeddedPostgres({ dataDirectory: path })).rejects.toThrow(/the database of .* is gone/);
    const settings = JSON.parse(readFileSync(join(path, "postgres.json"), "utf8"));
    writeFileSync(join(path, "postgres.json"), JSON.stringify({ ...settings, port: 0 }));
    const second = await startEmbeddedPostgres({ dataDirectory: path });
    expect(second.origin).toBe("created");
    expect(await query(second.url, "select 1")).toBe(1);
    expect(existsSync(join(first.home, "data-interrupted.new"))).toBe(false);
    await second.stop();
  });

  it("falls back to a short socket directory below a very long path", async () => {
    const path = join(makeDirectory(), "long".repeat(25));
    mkdirSync(path, { recursive: true });
    const server = await startEmbeddedPostgres({ dataDirectory: path });
    try {
      expect(await query(server.socketUrl, "select inet_server_addr() is null")).toBe(true);
    } finally {
      await server.stop();
      const host = new URL(server.socketUrl).searchParams.get("host");
      rmSync(host ?? "", { recursive: true, force: true });
      if (!server.home.startsWith(path)) rmSync(server.home, { recursive: true, force: true });
    }
  });
});
