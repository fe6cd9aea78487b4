import type { BusEnvironment, CommandEndpoint, CommandReply } from "./bus.ts";
import { decode } from "./codec.ts";

/** Decodes, runs and bounds one command: whatever happens, an answer comes within `timeoutMs`. */
export async function answerCommand(
  endpoint: CommandEndpoint,
  body: Uint8Array,
  environment: BusEnvironment,
  timeoutMs: number,
): Promise<CommandReply> {
  const decoded = decode(body);
  if (!decoded.ok) return { reply: "error", code: 400, description: decoded.reason };
  const { clock, logger } = environment;
  let cancelDeadline = (): void => undefined;
  const deadline = new Promise<CommandReply>((resolve) => {
    cancelDeadline = clock.wakeAt(clock.nowMs() + timeoutMs, () =>
      resolve({ reply: "error", code: 504, description: `${endpoint.name} did not answer within ${timeoutMs} ms` }),
    );
  });
  try {
    return await Promise.race([endpoint.handle(decoded.value), deadline]);
  } catch (error) {
    logger.warn({ command: endpoint.name, error: String(error) }, "a command failed");
    return { reply: "error", code: 500, description: error instanceof Error ? error.message : String(error) };
  } finally {
    cancelDeadline();
  }
}

/** How long a command that came over the wire may take. */
export const COMMAND_DEADLINE_MS = 5_000;
