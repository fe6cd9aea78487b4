import { readFileSync } from "node:fs";
import { type Authenticator, credsAuthenticator, NatsError, tokenAuthenticator, usernamePasswordAuthenticator } from "nats";

/** The credentials cannot be used; the message is for the user and quotes none of them (G15). */
export class NatsCredentialsRefused extends Error {
  override readonly name = "NatsCredentialsRefused";
}

/**
 * How to log in at `url`: by the file, which holds a user's JWT and seed (`nsc generate creds`), a token on one line, or user and password
 * on two; or by the URL itself (`nats://user:password@host`, `nats://token@host`). Undefined when neither has credentials. The result
 * keeps what it knows in closures. Throws `NatsCredentialsRefused`.
 */
export function natsAuthenticator(url: string, credentialsFile: string | undefined): Authenticator | undefined {
  const ofUrl = userInfoOf(url);
  if (credentialsFile === undefined) return loginOf(ofUrl);
  if (ofUrl !== undefined)
    throw new NatsCredentialsRefused("there are credentials in the NATS URL and in --nats-creds. Leave one out.");
  return fromFile(credentialsFile);
}

/** Each server as `host:port`, which may be printed. */
export function natsHosts(url: string): readonly string[] {
  return url.split(",").map((server) => new URL(server.trim()).host);
}

/** Why there is no connection, with what to do when it is about who we are. */
export function natsFailure(error: unknown): string {
  const detail = error instanceof Error ? error.message : String(error);
  if (!(error instanceof NatsError) || !error.isAuthError()) return detail;
  return `the server refuses our credentials (${detail}). Correct those in --nats-url, or the file of --nats-creds`;
}

const USER_JWT = "-----BEGIN NATS USER JWT-----";
const USER_SEED = "-----BEGIN USER NKEY SEED-----";

function fromFile(file: string): Authenticator {
  const content = readCredentials(file);
  if (content.includes("-----BEGIN")) {
    if (!content.includes(USER_JWT) || !content.includes(USER_SEED))
      throw new NatsCredentialsRefused(`${file} is no creds file: it must have "${USER_JWT}" and "${USER_SEED}".`);
    return credsAuthenticator(new TextEncoder().encode(content));
  }
  const lines = content.trim().split(/\r?\n/);
  const [first = "", second] = lines;
  if (first === "" || lines.length > 2 || lines.some((line) => !/^[\x21-\x7e]+$/.test(line))) {
    throw new NatsCredentialsRefused(
      `${file} holds no credentials: it must be a creds file, a token on one line, or a user and a password on two.`,
    );
  }
  return second === undefined ? tokenAuthenticator(first) : usernamePasswordAuthenticator(first, second);
}

function readCredentials(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new NatsCredentialsRefused(`${file} cannot be read (${code}). Check the path and its permissions.`);
  }
}

type UserInfo = { readonly user: string; readonly password: string };

function userInfoOf(url: string): UserInfo | undefined {
  const { username, password } = new URL(url.split(",")[0]?.trim() ?? "");
  if (username === "" && password === "") return undefined;
  try {
    return { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch {
    throw new NatsCredentialsRefused("the credentials in the NATS URL are not percent-encoded: write % as %25 and @ as %40.");
  }
}

function loginOf(info: UserInfo | undefined): Authenticator | undefined {
  if (info === undefined) return undefined;
  return info.password === "" ? tokenAuthenticator(info.user) : usernamePasswordAuthenticator(info.user, info.password);
}
