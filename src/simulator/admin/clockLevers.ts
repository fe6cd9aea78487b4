/** Levers on the one clock of the universe. Each that moves it is one line of the books, of the operation `clock`. */
import { z } from "zod";
import type { Call } from "../operations/operation.ts";
import { type Answer, invalid, ok } from "../refusal.ts";
import type { Simulation } from "../simulation.ts";
import { type AdminOperation, lever, look } from "./adminOperation.ts";

const Nothing = z.strictObject({});
/** A jump applies the ticks it passes one by one, so it is kept within a year. */
const GameSeconds = z.number().min(0).max(31_536_000);
const Jump = z
  .strictObject({ gameSeconds: GameSeconds.optional(), toGameSeconds: z.number().min(0).max(1e11).optional() })
  .refine((body) => (body.gameSeconds === undefined) !== (body.toGameSeconds === undefined), {
    path: ["gameSeconds"],
    message: "either gameSeconds or toGameSeconds is needed",
  });
const Speed = z.strictObject({ speed: z.number().min(0.01).max(100_000) });

export const clockLevers: readonly AdminOperation[] = [
  look("/clock", "tells game time and speed", ({ sim }) => ok(clockFacts(sim))),
  lever("/clock/pause", "stops game time, also across restarts", Nothing, ({ sim, requestId }) => {
    sim.pause(requestId);
    return ok(clockFacts(sim));
  }),
  lever("/clock/resume", "lets paused game time go on", Nothing, ({ sim, requestId }) => {
    sim.resume(requestId);
    return ok(clockFacts(sim));
  }),
  lever(
    "/clock/step",
    "moves on by so much game time and stands still there",
    z.strictObject({ gameSeconds: GameSeconds }),
    ({ sim, requestId }, { gameSeconds }) => {
      sim.step(Math.round(gameSeconds * 1000), requestId);
      return ok(clockFacts(sim));
    },
  ),
  lever("/clock/jump", "skips so much game time at once, or up to an instant; what was due in it happens", Jump, jump),
  lever("/clock/speed", "sets the game seconds per second; rate limits begin anew with it", Speed, (call, { speed }) => {
    call.sim.changeSpeed(speed, call.requestId);
    return ok(clockFacts(call.sim));
  }),
  look("/hash", "the hash of the universe: equal universes have equal ones", ({ sim }) =>
    ok({ hash: sim.hash(), ...clockFacts(sim) }),
  ),
];

function jump({ sim, requestId }: Call, { gameSeconds = 0, toGameSeconds }: z.infer<typeof Jump>): Answer {
  if (toGameSeconds === undefined) sim.jumpBy(Math.round(gameSeconds * 1000), requestId);
  else if (toGameSeconds * 1000 - sim.nowGameMs() > 31_536_000_000) return invalid({ toGameSeconds: ["more than a year away"] });
  else if (!sim.jumpTo(Math.round(toGameSeconds * 1000), requestId))
    return invalid({ toGameSeconds: [`has passed: it is ${sim.nowGameMs() / 1000}`] });
  return ok(clockFacts(sim));
}

function clockFacts(sim: Simulation) {
  const { clock, tick } = sim.universe;
  return { gameSeconds: sim.nowGameMs() / 1000, speed: clock.speed, isPaused: clock.isPaused ?? false, tick };
}
