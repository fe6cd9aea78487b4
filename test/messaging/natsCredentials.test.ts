import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nkeys } from "nats";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Bus } from "../../src/messaging/bus.ts";
import { createNatsBus } from "../../src/messaging/natsBus.ts";
import { type NatsServer, natsServerPresent, startNatsServer } from "../support/natsServer.ts";
import { busEnvironment, stateReached } from "./busRig.ts";

type KeyPair = ReturnType<typeof nkeys.createUser>;

describe.skipIf(!natsServerPresent)("a nats-server that asks who we are", () => {
  let directory = "";
  let server: NatsServer | undefined;
  const buses: Bus[] = [];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "bosun-nats-creds-"));
  });
  afterEach(async () => {
    for (const bus of buses.splice(0)) await bus.close({ withinMs: 100 });
    await server?.stop();
    server = undefined;
    rmSync(directory, { recursive: true, force: true });
  });

  const file = (content: string): string => {
    const path = join(directory, "nats.creds");
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };

  /** A bus, and everything it has logged or said of its state. */
  function busOn(url: string, credentialsFile?: string) {
    const environment = busEnvironment();
    const bus = createNatsBus({ url, credentialsFile, environment });
    buses.push(bus);
    return { bus, said: () => `${environment.lines.join("\n")}\n${JSON.stringify(bus.state())}` };
  }

  /** Connects and publishes; resolves with what became of it. Says nothing of the credentials. */
  async function publishedAt(url: string, credentialsFile?: string): Promise<string> {
    const { bus, said } = busOn(url, credentialsFile);
    await stateReached(bus, "connected");
    const { outcome } = await bus.publish("bosun.TEST.mail", {});
    return said().includes("geheim") ? said() : outcome;
  }

  /** Resolves with what is said when the server does not let us in. */
  async function refusalAt(url: string, credentialsFile?: string): Promise<string> {
    const { bus, said } = busOn(url, credentialsFile);
    await expect.poll(said).toContain("cannot be reached");
    return bus.state().state === "disconnected" && !said().includes("geheim")
      ? said()
      : `it let us in, or we said too much: ${said()}`;
  }

  it("takes user and password from the URL or a file, and is told when they are wrong [G12] [G15]", async () => {
    server = await startNatsServer({ args: ["--user", "bosun", "--pass", "geheim@1"] });
    const at = (login: string) => server?.url.replace("//", `//${login}@`) ?? "";
    expect(await publishedAt(at("bosun:geheim%401"))).toBe("published");
    expect(await publishedAt(server.url, file("bosun\ngeheim@1\n"))).toBe("published");
    expect(await refusalAt(at("bosun:geheim2"))).toMatch(REFUSED);
    expect(await refusalAt(server.url, file("bosun\ngeheim2\n"))).toMatch(REFUSED);
    expect(await refusalAt(server.url)).toMatch(REFUSED);
  });

  it("takes a token from the URL or a file; a file that is put right is read anew [G12] [G15]", async () => {
    server = await startNatsServer({ args: ["--auth", "geheimes-token"] });
    expect(await publishedAt(server.url.replace("//", "//geheimes-token@"))).toBe("published");
    const { bus, said } = busOn(server.url, file("geheim-aber-falsch"));
    await expect.poll(said).toContain("the server refuses our credentials");
    expect(said()).not.toContain("geheim");
    file("geheimes-token\n");
    await stateReached(bus, "connected");
    expect(said()).not.toContain("geheim");
  });

  it("takes a creds file with a user's JWT and seed; that of another account is refused [G12] [G15]", async () => {
    const operator = nkeys.createOperator();
    const account = nkeys.createAccount();
    const config = join(directory, "server.conf");
    const accountJwt = jwt(operator, account, { type: "account", limits: UNLIMITED });
    writeFileSync(
      config,
      `operator: ${jwt(operator, operator, { type: "operator" })}\nresolver: MEMORY\nresolver_preload: { ${account.getPublicKey()}: ${accountJwt} }\n`,
    );
    server = await startNatsServer({ jetStream: false, args: ["-c", config] });
    expect(await publishedAt(server.url, file(credsOf(account)))).toBe("published");
    expect(await refusalAt(server.url, file(credsOf(nkeys.createAccount())))).toMatch(REFUSED);
  });
});

const REFUSED = /the server refuses our credentials \(.*Authorization Violation.*\)\. Correct those in --nats-url/i;
const UNLIMITED = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };

/** What `nsc` would sign. */
function jwt(issuer: KeyPair, subject: KeyPair, nats: object): string {
  const base64url = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString("base64url");
  const head = base64url(JSON.stringify({ typ: "JWT", alg: "ed25519-nkey" }));
  const claims = {
    jti: "test",
    iat: 1_700_000_000,
    iss: issuer.getPublicKey(),
    sub: subject.getPublicKey(),
    name: "test",
    nats: { version: 2, ...nats },
  };
  const body = `${head}.${base64url(JSON.stringify(claims))}`;
  return `${body}.${base64url(issuer.sign(new TextEncoder().encode(body)))}`;
}

function credsOf(account: KeyPair): string {
  const user = nkeys.createUser();
  const token = jwt(account, user, { type: "user", subs: -1, data: -1, payload: -1 });
  const seed = new TextDecoder().decode(user.getSeed());
  return [
    "-----BEGIN NATS USER JWT-----",
    token,
    "------END NATS USER JWT------",
    "",
    "-----BEGIN USER NKEY SEED-----",
    seed,
    "------END USER NKEY SEED------",
    "",
  ].join("\n");
}
