/** Bearer tokens of a universe: JWTs signed with its secret, for the account or for one agent. */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Universe } from "./universe.ts";

export type Bearer =
  | { kind: "none" }
  | { kind: "account" }
  | { kind: "agent"; symbol: string }
  | { kind: "invalid"; reason: "malformed" | "signature" }
  /** Signed here, for a universe that was reset since. */
  | { kind: "stale"; resetDate: string };

/** Of the account, which outlives every reset: so does its token. */
export function accountToken(universe: Pick<Universe, "secret">): string {
  return sign({ identifier: "account", sub: "account-token" }, universe.secret);
}

export function agentToken(universe: TokenScope, symbol: string): string {
  return sign({ identifier: symbol, version: "v2.3.0", reset_date: universe.resetDate, sub: "agent-token" }, universe.secret);
}

/** Verifies `Authorization`. Remembers what it verified: the same few tokens come thousands of times. */
export class TokenVerifier {
  readonly #scope: TokenScope;
  /** By authorization; of one era only. */
  readonly #known = new Map<string, Bearer>();
  #knownResetDate: string;

  constructor(scope: TokenScope) {
    this.#scope = scope;
    this.#knownResetDate = scope.resetDate;
  }

  verify(authorization: string | undefined): Bearer {
    if (authorization === undefined) return { kind: "none" };
    if (this.#scope.resetDate !== this.#knownResetDate) {
      this.#known.clear();
      this.#knownResetDate = this.#scope.resetDate;
    }
    const known = this.#known.get(authorization);
    if (known) return known;
    const bearer = this.#read(authorization);
    if (bearer.kind === "agent" || bearer.kind === "account") this.#known.set(authorization, bearer);
    return bearer;
  }

  #read(authorization: string): Bearer {
    const match = /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(authorization);
    const [, header, payload, signature] = match ?? [];
    if (header === undefined || payload === undefined || signature === undefined) return { kind: "invalid", reason: "malformed" };
    const expected = Buffer.from(signatureOf(`${header}.${payload}`, this.#scope.secret));
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return { kind: "invalid", reason: "signature" };
    // Signed by us, so of our shape.
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as Claims;
    if (claims.sub === "account-token") return { kind: "account" };
    if (claims.reset_date !== this.#scope.resetDate) return { kind: "stale", resetDate: claims.reset_date };
    return { kind: "agent", symbol: claims.identifier };
  }
}

type TokenScope = Pick<Universe, "secret" | "resetDate">;

type Claims =
  | { identifier: "account"; sub: "account-token" }
  | { identifier: string; version: string; reset_date: string; sub: "agent-token" };

function sign(claims: Claims, secret: string): string {
  const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const body = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
  return `${body}.${signatureOf(body, secret)}`;
}

function signatureOf(text: string, secret: string): string {
  return createHmac("sha256", secret).update(text).digest("base64url");
}
