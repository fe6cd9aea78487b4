/** Reads the JSON body of a request, within limits. */
import type { IncomingMessage } from "node:http";
import { type Refusal, refuse } from "./refusal.ts";

export type RequestBody = { ok: true; value: unknown } | { ok: false; refusal: Refusal };

/** An empty body is `undefined`, whatever its content type says. What a GET carries is not looked at. */
export async function readBody(request: IncomingMessage): Promise<RequestBody> {
  if (request.method === "GET" || request.method === "HEAD") {
    request.resume();
    return { ok: true, value: undefined };
  }
  const body = await bytesOf(request);
  if (body === "cut") return refused(400, 3001, "The request ended before its body did.");
  if (body === "tooLong") return refused(413, 3001, `The request body exceeds ${LIMIT_BYTES} bytes.`);
  if (body.length === 0) return { ok: true, value: undefined };
  const type = request.headers["content-type"] ?? "";
  if (type !== "" && !/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type)) {
    return refused(415, 5000, `Unsupported media type: ${type.slice(0, 64)}.`);
  }
  try {
    return { ok: true, value: JSON.parse(UTF8.decode(body)) };
  } catch {
    return refused(400, 3000, "The request body is not valid JSON.");
  }
}

/** Reads on beyond the limit for a while, so that a client that only listens after sending hears the refusal; then gives up. */
async function bytesOf(request: IncomingMessage): Promise<Buffer | "tooLong" | "cut"> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      const data = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
      bytes += data.length;
      if (bytes <= LIMIT_BYTES) chunks.push(data);
      if (bytes > DISCARD_BYTES) break;
    }
  } catch {
    return "cut";
  }
  return bytes > LIMIT_BYTES ? "tooLong" : Buffer.concat(chunks);
}

function refused(status: number, code: number, message: string): RequestBody {
  return { ok: false, refusal: refuse(status, code, message) };
}

const LIMIT_BYTES = 65_536;
const DISCARD_BYTES = 4_194_304;
const UTF8 = new TextDecoder("utf-8", { fatal: true });
