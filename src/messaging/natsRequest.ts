import { ErrorCode, type NatsConnection, NatsError, ServiceError } from "nats";
import type { CommandReply } from "./bus.ts";
import { decode, encode } from "./codec.ts";

/** One command over NATS; silence, absence and error headers become error replies. */
export async function natsRequest(
  connection: NatsConnection | undefined,
  subject: string,
  payload: unknown,
  timeoutMs: number,
): Promise<CommandReply> {
  if (connection === undefined) return { reply: "error", code: 503, description: "the message bus is not connected" };
  const encoded = payload === undefined ? { ok: true as const, bytes: new Uint8Array() } : encode(payload);
  if (!encoded.ok) return { reply: "error", code: 400, description: encoded.reason };
  try {
    const message = await connection.request(subject, encoded.bytes, { timeout: timeoutMs });
    const decoded = decode(message.data);
    const failure = ServiceError.toServiceError(message);
    if (failure !== null) {
      const body = decoded.ok && decoded.value !== undefined ? { body: decoded.value } : {};
      return { reply: "error", code: failure.code, description: failure.message, ...body };
    }
    if (!decoded.ok) return { reply: "error", code: 502, description: decoded.reason };
    return { reply: "ok", body: decoded.value };
  } catch (error) {
    if (error instanceof NatsError && error.code === ErrorCode.NoResponders) {
      return { reply: "error", code: 503, description: `nobody answers ${subject}` };
    }
    const description = error instanceof Error ? error.message : String(error);
    return { reply: "error", code: 504, description };
  }
}
