/** Reads the JSON body of a request, within limits. */
import type { IncomingMessage } from "node:http";
import { type Refusal, refuse } from "./refusal.ts";

export type RequestBody = { ok: true; value: unknown } | { ok: false; refusal: Refusal };

/** An empty body is `undefined`, whatever its content type says. */
export async function readBody(request: IncomingMessage): Promise<RequestBody> {
  if (request.method === "GET" || request.method === "HEAD") {
    request.resume();
    return { ok: true, value: undefined };
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const data = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    bytes += data.length;
    if (bytes <= LIMIT_BYTES) chunks.push(data);
  }
  if (bytes > LIMIT_BYTES) return { ok: false, refusal: refuse(413, 3001, `The request body exceeds ${LIMIT_BYTES} bytes.`) };
  if (bytes === 0) return { ok: true, value: undefined };
  const type = request.headers["content-type"] ?? "";
  if (type !== "" && !/^application\/(?:[\w.+-]+\+)?json\b/i.test(type)) {
    return { ok: false, refusal: refuse(415, 5000, `Unsupported media type: ${type.slice(0, 64)}.`) };
  }
  try {
    return { ok: true, value: JSON.parse(Buffer.concat(chunks).toString("utf8")) };
  } catch {
    return { ok: false, refusal: refuse(400, 3000, "The request body is not valid JSON.") };
  }
}

const LIMIT_BYTES = 65_536;
