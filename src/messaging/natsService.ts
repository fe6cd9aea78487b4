import type { NatsConnection, ServiceMsg } from "nats";
import type { BusEnvironment, CommandEndpoint, CommandReply, CommandService } from "./bus.ts";
import { encode } from "./codec.ts";
import { answerCommand, COMMAND_DEADLINE_MS } from "./endpoint.ts";

/** Registers a NATS micro service, so that `nats micro ls`, `info` and `stats` show the daemon and its commands. */
export async function registerService(
  connection: NatsConnection,
  service: CommandService,
  environment: BusEnvironment,
): Promise<void> {
  const registered = await connection.services.add({
    name: service.name,
    version: service.version,
    description: service.description,
    metadata: { endpoints: service.endpoints.map((endpoint) => endpoint.name).join(" ") },
  });
  for (const endpoint of service.endpoints) {
    registered.addEndpoint(endpoint.name.replaceAll(".", "-"), {
      subject: endpoint.subject,
      metadata: metadataOf(endpoint),
      handler: (error, message) => {
        if (error !== null) {
          environment.logger.warn({ command: endpoint.name, error: error.message }, "a command endpoint failed");
          return;
        }
        void answerCommand(endpoint, message.data, environment, COMMAND_DEADLINE_MS).then((reply) =>
          respond(message, reply, environment),
        );
      },
    });
  }
}

function respond(message: ServiceMsg, reply: CommandReply, environment: BusEnvironment): void {
  const body = reply.body === undefined ? undefined : encode(reply.body);
  const bytes = body?.ok === true ? body.bytes : undefined;
  try {
    if (reply.reply === "error") message.respondError(reply.code, reply.description, bytes);
    else if (body?.ok === false) message.respondError(500, `the answer cannot be sent: ${body.reason}`);
    else message.respond(bytes);
  } catch (error) {
    // The connection went away under the answer; the asker's own timeout tells him.
    environment.logger.debug({ subject: message.subject, error: String(error) }, "an answer could not be sent");
  }
}

function metadataOf(endpoint: CommandEndpoint): Record<string, string> {
  return {
    help: endpoint.help,
    ...(endpoint.example === undefined ? {} : { example: JSON.stringify(endpoint.example) }),
  };
}
