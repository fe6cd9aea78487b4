import { z } from "zod";
import { ALERT_KINDS } from "../console/alerts.ts";
import type { FleetStatus } from "../console/fleetStatus.ts";

const nullableNumber = z.number().nullable();

/** The daemon's answer to `/api/status`, checked: command line and daemon may be of different versions. */
export const statusSchema: z.ZodType<FleetStatus> = z.object({
  version: z.string(),
  pid: z.number(),
  agent: z.string(),
  simulator: z.boolean(),
  readOnly: z.boolean(),
  gameSpeed: z.number(),
  phase: z.enum(["starting", "sailing", "paused", "stopping"]),
  startedAt: z.string(),
  uptimeSeconds: z.number(),
  credits: nullableNumber,
  creditsPerHour: nullableNumber,
  creditsPerRequest: nullableNumber,
  ships: z.array(
    z.object({
      symbol: z.string(),
      role: z.string(),
      status: z.string(),
      activity: z.string(),
      doing: z.string(),
      waypoint: z.string(),
      arrivalAt: z.string().nullable(),
      fuel: z.object({ units: z.number(), capacity: z.number() }),
      cargo: z.object({
        units: z.number(),
        capacity: z.number(),
        goods: z.array(z.object({ good: z.string(), units: z.number() })),
      }),
      owner: z.string().nullable(),
    }),
  ),
  pipelines: z.array(
    z.object({
      id: z.string(),
      good: z.string(),
      status: z.string(),
      tasks: z.number(),
      tasksDone: z.number(),
      profitCredits: z.number(),
    }),
  ),
  tasks: z.record(z.string(), z.number()),
  requestBudget: z
    .object({
      queued: z.number(),
      sent: z.number(),
      rateLimited: z.number(),
      perSecondLimit: z.number(),
      usedLastMinute: z.number(),
    })
    .nullable(),
  restarts: z.number(),
  deadLetters: z.number(),
  quarantined: z.array(z.string()),
  alerts: z.array(z.object({ alert: z.enum(ALERT_KINDS), subject: z.string().nullable(), text: z.string(), since: z.string() })),
  actors: z.number(),
  processes: z.array(z.object({ name: z.string(), status: z.string(), detail: z.string(), restarts: z.number() })),
  recovery: z
    .object({
      pipelines: z.number(),
      tasks: z.number(),
      tasksInQueue: z.number(),
      factoryStates: z.number(),
      workers: z.number(),
      findings: z.array(z.object({ table: z.string(), row: z.string(), what: z.string(), done: z.string() })),
      findingsTotal: z.number(),
    })
    .nullable(),
  boot: z
    .object({
      epoch: z.number(),
      actors: z.number(),
      quarantined: z.number(),
      jobsResumed: z.number(),
      jobsReconciling: z.number(),
      timers: z.number(),
      messages: z.number(),
      tookMs: z.number(),
    })
    .nullable(),
});
