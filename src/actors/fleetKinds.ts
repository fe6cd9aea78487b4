import { z } from "zod";
import { DEFAULT_WORK_POLICY } from "../domain/workPolicy.ts";
import { isLiquidation } from "../machines/addresses.ts";
import { type AgentContext, createAgentMachine } from "../machines/agent.machine.ts";
import { chartMachine } from "../machines/chart.machine.ts";
import { coordinatorMachine } from "../machines/coordinator.machine.ts";
import type { CoordinatorContext, DispatchInput } from "../machines/coordinatorProtocol.ts";
import { factoryMachine } from "../machines/factory.machine.ts";
import { pipelineMachine } from "../machines/pipeline.machine.ts";
import type { PipelineContext } from "../machines/pipelineProtocol.ts";
import { shipMachine } from "../machines/ship.machine.ts";
import { DISMISSED, shipFreed, TASK_RECOVERY } from "../machines/shipProtocol.ts";
import type { ShipContext } from "../machines/shipSteps.ts";
import { supplyMonitorMachine } from "../machines/supplyMonitor.machine.ts";
import { taskMachine } from "../machines/task.machine.ts";
import { type TaskContext, unitsAboard } from "../machines/taskSteps.ts";
import { treasuryMachine } from "../machines/treasury.machine.ts";
import type { TreasuryContext } from "../machines/treasuryProtocol.ts";
import { universeMachine } from "../machines/universe.machine.ts";
import { type ActorKind, defineActorKind, defineJob } from "../runtime/kind.ts";
import { actorsGone } from "./actorsGone.ts";
import { dispatch } from "./dispatch.ts";
import {
  agentEvents,
  chartEvents,
  coordinatorEvents,
  factoryEvents,
  pipelineEvents,
  shipEvents,
  supplyMonitorEvents,
  taskEvents,
  treasuryEvents,
  universeEvents,
} from "./eventSchemas.ts";
import { type FleetPorts, fleetSettings } from "./fleetPorts.ts";
import { createFleetReader, type FleetReader } from "./fleetReader.ts";
import {
  projectFactory,
  projectPipeline,
  projectPipelineEnded,
  projectTask,
  projectTaskEnded,
} from "./manufacturing.projections.ts";
import { dockJob, flightModeJob, navigateJob, orbitJob, refuelJob } from "./navigationJobs.ts";
import { chooseSinkJob, planRouteJob } from "./planJobs.ts";
import { projectAgent, projectObservation, projectTreasury } from "./projections.ts";
import { purchaseHullJob } from "./purchaseHullJob.ts";
import { observeJob, observeMarketJob, readAgentJob, readListingsJob, readShipJob, readSystemJob } from "./readJobs.ts";
import { reconcileCargoJob } from "./recoveryJobs.ts";
import { shipStateSchema, storedTaskSchema } from "./schemas.ts";
import { projectShip, SHIP_LOST } from "./ship.projection.ts";
import { scoutingKind, tourKind } from "./tourKinds.ts";
import { purchaseJob, sellJob } from "./tradeJobs.ts";

/** Every kind of actor of the fleet, its jobs bound to `ports`. The root is `agent`; it starts all others. */
export function createFleetKinds(ports: FleetPorts): readonly ActorKind[] {
  const fleet = createFleetReader(ports.spaceApi);
  const kinds: readonly { readonly kind: string }[] = [
    agentKind(ports),
    chartKind(ports),
    universeKind(ports),
    treasuryKind(ports, fleet),
    shipKind(ports, fleet),
    taskKind(ports),
    pipelineKind(ports),
    factoryKind(ports),
    supplyMonitorKind(ports),
    coordinatorKind(ports),
    tourKind(ports),
    scoutingKind(ports),
  ];
  // Each kind's hooks are typed by its own context; the registry hands every kind its own contexts only.
  return kinds as readonly ActorKind[];
}

/** Inputs come from parents of ours; what a machine cannot do without is checked, the rest is theirs. */
const scoped = z.looseObject({ scope: z.string() });

/**
 * The fields without which an actor cannot go on; a stored context that lacks them is quarantined instead of crashing its actor. Defaults
 * stand for what an earlier version did not store.
 */
function contextWith<Context>(fields: z.ZodRawShape): z.ZodType<Context> {
  return z.looseObject({ scope: z.string(), ...fields }) as unknown as z.ZodType<Context>;
}

const workPolicy = z.looseObject({ maxLossShare: z.number(), maxRetries: z.number() });

function agentKind(ports: FleetPorts) {
  return defineActorKind({
    kind: "agent",
    version: 1,
    machine: createAgentMachine(fleetSettings(ports)),
    context: contextWith<AgentContext>({
      unlisted: z.array(z.string()).default([]),
      found: z.array(shipStateSchema).default([]),
      foundAtMs: z.number().default(0),
    }),
    input: z.object({ symbol: z.string().min(1) }),
    events: agentEvents,
    jobs: { readAgent: defineJob(readAgentJob(ports)), reconcileCargo: defineJob(reconcileCargoJob(ports)) },
    project: projectAgent,
    // A second agent actor over living ships would start everything twice.
    restart: ports.restartSpecs.agent,
  });
}

function chartKind(ports: FleetPorts) {
  return defineActorKind({
    kind: "chart",
    version: 1,
    machine: chartMachine,
    input: z.object({ system: z.string().min(1) }),
    events: chartEvents,
    jobs: { readSystem: defineJob(readSystemJob(ports)), readListings: defineJob(readListingsJob(ports)) },
    restart: ports.restartSpecs.chart,
  });
}

function universeKind(ports: FleetPorts) {
  return defineActorKind({
    kind: "universe",
    version: 1,
    machine: universeMachine,
    input: scoped,
    events: universeEvents,
    jobs: {},
    project: projectObservation,
    restart: ports.restartSpecs.universe,
  });
}

function treasuryKind(ports: FleetPorts, fleet: FleetReader) {
  return defineActorKind({
    kind: "treasury",
    version: 1,
    machine: treasuryMachine,
    context: contextWith<TreasuryContext>({
      purse: z.looseObject({ reservations: z.array(z.looseObject({ id: z.string() })) }),
      lastRefusals: z.array(z.looseObject({})).default([]),
    }),
    input: scoped,
    events: treasuryEvents,
    jobs: { purchaseHull: defineJob(purchaseHullJob(ports.spaceApi, fleet)) },
    project: projectTreasury,
    restart: ports.restartSpecs.treasury,
  });
}

function shipKind(ports: FleetPorts, fleet: FleetReader) {
  const { spaceApi } = ports;
  return defineActorKind({
    kind: "ship",
    version: 1,
    machine: shipMachine,
    context: contextWith<ShipContext>({
      ship: shipStateSchema,
      claim: z.looseObject({ owner: z.string() }).nullable(),
      tankCredits: z.number().default(0),
      fuelCredits: z.number().default(0),
    }),
    input: scoped,
    events: shipEvents,
    jobs: {
      planRoute: defineJob(planRouteJob(ports)),
      dock: defineJob(dockJob(spaceApi)),
      orbit: defineJob(orbitJob(spaceApi)),
      setFlightMode: defineJob(flightModeJob(spaceApi)),
      navigate: defineJob(navigateJob(spaceApi, fleet)),
      refuel: defineJob(refuelJob(spaceApi, fleet)),
      purchase: defineJob(purchaseJob(spaceApi, fleet)),
      sell: defineJob(sellJob(spaceApi, fleet)),
      readShip: defineJob(readShipJob(ports)),
      observe: defineJob(observeJob(ports)),
    },
    project: projectShip,
    restart: ports.restartSpecs.ship,
    // Its claimant would wait for ever for an answer; and when it comes back, its claimant of now will long be gone.
    onGiveUp: ({ address, last }) => {
      const claim = last?.context.claim;
      if (last === undefined || claim === null || claim === undefined) return [];
      const tell = last.context.claimEnds?.tell;
      return [
        // A purchase was under way, and may have happened.
        ...(tell === undefined ? [] : [{ to: tell, event: shipFreed(claim.owner, tell, true) }]),
        {
          to: claim.owner,
          event: {
            type: "ship.lost",
            symbol: last.context.ship.symbol,
            destroyed: false,
            fuelCredits: last.context.fuelCredits,
          },
        },
        { to: address, event: { type: "ship.release", claimant: claim.owner, reason: SHIP_LOST } },
      ];
    },
  });
}

function taskKind(ports: FleetPorts) {
  return defineActorKind({
    kind: "task",
    version: 1,
    machine: taskMachine,
    context: contextWith<TaskContext>({
      task: storedTaskSchema,
      ship: shipStateSchema.nullable(),
    }),
    input: scoped,
    events: taskEvents,
    jobs: { chooseSink: defineJob(chooseSinkJob(ports)) },
    project: projectTask,
    projectEnded: projectTaskEnded,
    restart: ports.restartSpecs.task,
    // The money goes back to the purse; the ship decides by its own hold whether it is free or its cargo is sold off (G10).
    onGiveUp: ({ address, parent, last }) => {
      const reason = TASK_RECOVERY;
      const [, child] = address.split("/task/");
      if (parent === undefined || child === undefined) return [actorsGone(address, { reason })];
      const inDoubt = actorsGone(address, { reason, tell: parent });
      if (last === undefined) return [inDoubt];
      const { task, ship } = last.context;
      const units = ship === null ? 0 : unitsAboard(ship, task.good);
      const lost = (aboard: number | null) => {
        const event = { type: "pipeline.workerLost", child: `task/${child}`, task: { ...task }, unitsAboard: aboard };
        return { to: parent, event };
      };
      // With a ship and nothing bought, a purchase may be under way: its ship will tell.
      if (ship !== null && units === 0 && task.actualUnits === 0) return [lost(null), inDoubt];
      return [lost(units), actorsGone(address, { reason })];
    },
    // Stranded cargo went to a successor, or its ship holds it, since this one was given up; whatever it was given since goes the same way.
    onDismissed: ({ address }) => (isLiquidation(address) ? [actorsGone(address, { reason: DISMISSED })] : undefined),
  });
}

function pipelineKind(ports: FleetPorts) {
  return defineActorKind({
    kind: "pipeline",
    version: 1,
    machine: pipelineMachine,
    context: contextWith<PipelineContext>({
      state: z.looseObject({ id: z.string(), totalFuelCredits: z.number().default(0) }),
      tasks: z.array(storedTaskSchema),
      lostWorkers: z.record(z.string(), z.looseObject({ task: storedTaskSchema })).optional(),
      work: workPolicy.default({ ...DEFAULT_WORK_POLICY }),
      stopped: z.boolean().default(false),
      gameSecondMs: z.number().default(1_000 / ports.gameTime.speed),
    }),
    input: scoped,
    events: pipelineEvents,
    jobs: {},
    project: projectPipeline,
    projectEnded: projectPipelineEnded,
    restart: ports.restartSpecs.pipeline,
    // Its workers are stopped with it, in whatever they were doing.
    onGiveUp: ({ address }) => [actorsGone(address)],
    // The coordinator counts it no more; what workers have claimed since, which no state could name, is free now.
    onDismissed: ({ address }) => [actorsGone(address, { reason: DISMISSED })],
  });
}

function factoryKind(ports: FleetPorts) {
  return defineActorKind({
    kind: "factory",
    version: 1,
    machine: factoryMachine,
    input: z.looseObject({ waypoint: z.string(), good: z.string(), watcher: z.string() }),
    events: factoryEvents,
    jobs: {},
    project: projectFactory,
    restart: ports.restartSpecs.factory,
  });
}

function supplyMonitorKind(ports: FleetPorts) {
  return defineActorKind({
    kind: "supply-monitor",
    version: 1,
    machine: supplyMonitorMachine,
    input: scoped,
    events: supplyMonitorEvents,
    jobs: { observeMarket: defineJob(observeMarketJob(ports)) },
    restart: ports.restartSpecs["supply-monitor"],
  });
}

function coordinatorKind({ marketBook, config, gameTime, restartSpecs }: FleetPorts) {
  return defineActorKind({
    kind: "coordinator",
    version: 1,
    machine: coordinatorMachine,
    context: contextWith<CoordinatorContext>({
      idle: z.record(z.string(), shipStateSchema),
      counter: z.number(),
      adopting: z.record(z.string(), z.object({ task: z.string(), offered: z.boolean() })).default({}),
      given: z.record(z.string(), z.string()).default({}),
      stoppedByHand: z.record(z.string(), z.number().nullable()).default({}),
      orders: z.record(z.string(), z.looseObject({ id: z.string() })).default({}),
      refusedOrders: z.array(z.looseObject({ reason: z.string() })).default([]),
      work: workPolicy.default({ ...DEFAULT_WORK_POLICY }),
    }),
    input: scoped,
    events: coordinatorEvents,
    jobs: {
      dispatch: defineJob({
        retry: "safe",
        timeoutMs: 30_000,
        maxAttempts: 3,
        run: (input: DispatchInput, context) =>
          Promise.resolve(
            dispatch({ known: marketBook.getSnapshot().context, input, config, speed: gameTime.speed, nowMs: context.nowMs() }),
          ),
      }),
    },
    restart: restartSpecs.coordinator,
    // Everything that works for it is stopped with it; what ships tell meanwhile waits in its mailbox.
    onGiveUp: ({ address }) => [actorsGone(address)],
  });
}
