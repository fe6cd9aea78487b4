/**
 * What the package exports as `bosun/runtime`: durable XState actors on Postgres, without a fleet. Machines import their helpers
 * (`sendToAddress`, `nowOf`, `randomOf`, `idOf`) from here as well.
 */
export { type OpenedRuntime, type OpenRuntimeOptions, openRuntime } from "./openRuntime.ts";
export { createRuntimeStore, type RuntimeStoreOptions } from "./persistence/runtime.store.ts";
export { type Address, addressProblem, childAddress, isWithin } from "./runtime/address.ts";
export { idOf, nowOf, type OutgoingEvent, randomOf, type Stamp, seedOf, sendToAddress, stamped } from "./runtime/authoring.ts";
export { type DecodedSnapshot, decodeSnapshot, encodeSnapshot } from "./runtime/codec.ts";
export type { ChildRef, Effect, EncodedError, StepResult } from "./runtime/effect.ts";
export type { Clock, Environment, IdSource, Logger, RandomSource } from "./runtime/environment.ts";
export type { StampedEvent } from "./runtime/event.ts";
export { createHost } from "./runtime/host.ts";
export type { HostLimits, HostOptions } from "./runtime/hostOptions.ts";
export { type JobContext, type JobRetry, type JobSpec, JobWaiting, type ReconcileVerdict } from "./runtime/job.ts";
export { type ActorKind, type ActorState, defineActorKind, defineJob, type ProjectArgs } from "./runtime/kind.ts";
export type { ReadModelTable, RowChange, RowValue } from "./runtime/readModel.ts";
export type { ActorSnapshot, RegisteredKind } from "./runtime/registeredKind.ts";
export {
  createKindRegistry,
  KindRefused,
  type KindRegistry,
  type RegistrationOptions,
  registerKind,
} from "./runtime/registry.ts";
export type {
  ActorStatus,
  ActorView,
  BootReport,
  IngressMessage,
  Receipt,
  Runtime,
  RuntimeNotice,
  RuntimeStats,
  SpawnRequest,
  StopReport,
} from "./runtime/runtime.ts";
export { type ActorIdentity, type ActorInstant, type ActorStep, type EventOrigin, initial, step } from "./runtime/step.ts";
export type { RuntimeStore } from "./runtime/store.ts";
export type { BackoffSpec, RestartSpec, RestartType, Supervision } from "./runtime/supervision.ts";
export { createSystemEnvironment } from "./runtime/systemEnvironment.ts";
export { createSupervision } from "./supervisor/ladder.ts";
