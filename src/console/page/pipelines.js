/** Pipelines, and the factories that they feed: what `bosun manufacturing status` tells. */
import { byId, element, grouped, groupedWithin, setText, shortOf } from "./dom.js";
import { cell, dot, fillTable, row } from "./tables.js";

const EVERY_MS = 3_000;
/** All that are at work are shown, and the latest that ended up to this many lines. */
const SHOWN = 12;
const PHASES = { windingUp: "winding up" };
const TONES = { COMPLETED: "done", FAILED: "failed", CANCELLED: "failed" };

let askedAtMs = 0;
let shownAnswer;

/** Called with each status; asks for more only now and then. Only a fleet that sails can be asked. */
export async function showPipelines(status) {
  if (status.phase !== "sailing") {
    setText(byId("pipeline-note"), `the fleet is ${status.phase}`);
    return;
  }
  if (Date.now() - askedAtMs < EVERY_MS) return;
  askedAtMs = Date.now();
  const response = await fetch("api/manufacturing");
  const answer = await response.text();
  const said = JSON.parse(answer);
  if (!response.ok) throw new Error(said.error);
  const working = said.pipelines.filter(isAtWork).length;
  setText(byId("pipeline-note"), `${working} at work · ${grouped(said.money.availableCredits)} cr free for plans`);
  if (answer === shownAnswer) return;
  shownAnswer = answer;
  const lines = said.pipelines.filter((pipeline, index) => isAtWork(pipeline) || index < SHOWN);
  fillTable(byId("pipelines"), lines.map(pipelineRow), "No pipelines yet: the fleet looks at markets first.");
  fillTable(byId("factories"), said.factories.map(factoryRow), "No factory is fed now.");
}

function isAtWork(pipeline) {
  return TONES[pipeline.status] === undefined;
}

function pipelineRow(pipeline) {
  const { id, good, status, phase, tasks, tasksDone, profitCredits, expectedProfitCredits } = pipeline;
  const because = becauseText(pipeline);
  const expected = expectedProfitCredits === null ? "–" : grouped(expectedProfitCredits);
  return row(
    cell("name", dot(TONES[status] ?? "active"), id),
    cell("good", good),
    cell("phase", PHASES[phase] ?? phase, because === "" ? undefined : element("small", { class: "soft" }, because)),
    cell(
      "tasks",
      `${tasksDone} of ${tasks}`,
      element("progress", { value: tasksDone, max: Math.max(1, tasks), "aria-hidden": "true" }),
    ),
    cell("number", grouped(profitCredits)),
    cell("number", expected),
  );
}

/** Why it ends; else why it was begun, where its money alone does not tell. */
function becauseText({ reason, feedWorthCredits, sellMarket }) {
  if (reason !== null) return groupedWithin(reason);
  if (feedWorthCredits <= 0) return "";
  return `worth to the factory${sellMarket === null ? "" : ` at ${shortOf(sellMarket)}`}: +${grouped(feedWorthCredits)}`;
}

function factoryRow({ waypoint, good, pipeline, supply, readyForCollection, reason }) {
  return row(
    cell("name", dot(readyForCollection ? "active" : "waiting"), waypoint),
    cell("good", good),
    cell("soft", pipeline),
    cell("", supply ?? "unknown"),
    cell("", readyForCollection ? "ready to collect" : waitText(reason)),
  );
}

/** `inputsMissing: FABRICS 20/40` → `missing FABRICS 20/40`. */
function waitText(reason) {
  const [code, detail] = reason?.split(": ") ?? [];
  if (code === "inputsMissing") return `missing ${detail}`;
  return code === "supplyLow" ? "all inputs in, not HIGH yet" : (detail ?? "not yet");
}
