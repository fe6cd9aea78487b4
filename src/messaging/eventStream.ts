import {
  DiscardPolicy,
  type JetStreamClient,
  type NatsConnection,
  nanos,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "nats";
import type { BusEnvironment } from "./bus.ts";
import type { KeptSubjects } from "./subjects.ts";

/**
 * Makes JetStream keep our events for people who come later. It is a convenience: the events' truth is in Postgres. Returns
 * undefined where the server has no JetStream or refuses the stream; then events are published without being kept.
 */
export async function openEventStream(
  connection: NatsConnection,
  keep: KeptSubjects,
  logger: BusEnvironment["logger"],
): Promise<JetStreamClient | undefined> {
  const config: Partial<StreamConfig> & { name: string } = {
    name: keep.stream,
    subjects: [...keep.subjects],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    max_age: nanos(7 * 24 * 3_600_000),
    max_bytes: 256 * 1024 * 1024,
    duplicate_window: nanos(120_000),
  };
  try {
    const manager = await connection.jetstreamManager();
    const known = await manager.streams.info(keep.stream).catch(() => undefined);
    if (known === undefined) await manager.streams.add(config);
    else await manager.streams.update(keep.stream, { subjects: [...keep.subjects] });
    return connection.jetstream();
  } catch (error) {
    logger.info(
      { reason: error instanceof Error ? error.message : String(error) },
      "events are published but not kept by JetStream",
    );
    return undefined;
  }
}
