/** Key figures, ships and the log. */
import { byId, clockTime, element, grouped, setText, thousands } from "./dom.js";
import { cell, dot, fillTable, row } from "./tables.js";

const MAX_LOG_LINES = 120;
const MAX_SAMPLES = 1200;
const samples = [];
let lastEventId = 0;

/** Draws everything that a status says. */
export function showStatus(status) {
  const agent = status.agent.split("/").at(-1);
  setText(
    byId("agent"),
    `${agent} · reset ${status.agent.split("/")[1] ?? "?"} · ${status.phase} for ${duration(status.uptimeSeconds)} · v${status.version}`,
  );
  byId("mode").hidden = !status.simulator && !status.readOnly;
  setText(byId("mode"), modeOf(status));
  document.title = status.credits === null ? "bosun" : `${grouped(status.credits)} cr · bosun`;
  setText(byId("credits"), status.credits === null ? "–" : grouped(status.credits));
  setText(byId("credits-rate"), rates(status));
  setText(byId("ship-count"), String(status.ships.length));
  showCounts(
    byId("ship-activities"),
    countBy(status.ships, (ship) => ship.activity),
  );
  const active = ["PENDING", "READY", "ASSIGNED", "EXECUTING"].reduce((sum, state) => sum + (status.tasks[state] ?? 0), 0);
  setText(byId("task-count"), String(active));
  showCounts(
    byId("task-states"),
    Object.fromEntries(Object.entries(status.tasks).map(([state, count]) => [state.toLowerCase(), count])),
  );
  showBudget(status.requestBudget, status.gameSpeed);
  showHealth(status);
  showShips(status.ships);
}

function modeOf(status) {
  if (status.readOnly) return "READ ONLY until --go";
  return status.gameSpeed > 1 ? `SIMULATOR ×${status.gameSpeed}` : "SIMULATOR";
}

/** Appends sentences, newest on top. */
export function showEvents(events) {
  const list = byId("events");
  for (const event of events) {
    if (event.id <= lastEventId) continue;
    lastEventId = event.id;
    const time = element("time", { datetime: new Date(event.atMs).toISOString() }, clockTime(event.atMs));
    list.prepend(element("li", { "data-level": event.level }, time, element("span", {}, event.text)));
  }
  while (list.children.length > MAX_LOG_LINES) list.lastElementChild.remove();
  if (list.children.length === 0) list.append(element("li", { class: "empty" }, "Nothing yet."));
  else list.querySelector(".empty")?.remove();
}

/** Starts over after a new connection: the daemon may be another one. */
export function resetOverview() {
  samples.length = 0;
  lastEventId = 0;
  byId("events").replaceChildren();
}

export function showCredits(added) {
  for (const sample of added) if (sample.atMs > (samples.at(-1)?.atMs ?? 0)) samples.push(sample);
  if (samples.length > MAX_SAMPLES) samples.splice(0, samples.length - MAX_SAMPLES);
  drawCredits();
}

function drawCredits() {
  const chart = byId("credits-chart");
  if (samples.length < 2) return;
  const start = samples[0].atMs;
  const span = Math.max(1, Date.now() - start);
  const values = samples.map((sample) => sample.credits);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const x = (atMs) => ((Math.min(atMs - start, span) / span) * 1000).toFixed(1);
  const y = (credits) => (96 - ((credits - low) / Math.max(1, high - low)) * 92).toFixed(1);
  let path = `M${x(start)},${y(values[0])}`;
  for (const sample of samples.slice(1)) path += `H${x(sample.atMs)}V${y(sample.credits)}`;
  path += "H1000";
  chart.setAttribute("viewBox", "0 0 1000 100");
  chart.replaceChildren(svg("path", "area", `${path}V100H0Z`), svg("path", "curve", path));
  byId("credits-range").replaceChildren(
    element("span", {}, clockTime(start)),
    element("span", {}, `low ${thousands(low)} · high ${thousands(high)}`),
    element("span", {}, "now"),
  );
}

function svg(tag, name, d) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  made.setAttribute("class", name);
  made.setAttribute("d", d);
  return made;
}

function rates(status) {
  const parts = [];
  if (status.creditsPerHour !== null)
    parts.push(`${thousands(status.creditsPerHour)} per ${status.gameSpeed > 1 ? "game " : ""}hour`);
  if (status.creditsPerRequest !== null) parts.push(`${grouped(status.creditsPerRequest)} cr/request`);
  return parts.join(" · ");
}

function showBudget(budget, gameSpeed) {
  if (budget === null) return;
  const allowed = Math.max(1, (budget.perSecondLimit * 60) / gameSpeed);
  setText(byId("requests"), String(budget.usedLastMinute));
  byId("request-meter").style.width = `${Math.min(100, (budget.usedLastMinute / allowed) * 100)}%`;
  const limit = `of ${grouped(allowed)} allowed`;
  setText(byId("request-note"), `${limit} · ${budget.queued} queued · ${budget.rateLimited} refused as too many`);
}

function showHealth(status) {
  const bad = status.quarantined.length;
  const alerts = status.alerts.length;
  const phase = status.phase[0].toUpperCase() + status.phase.slice(1);
  const wrong = [bad > 0 ? `${bad} quarantined` : "", alerts > 0 ? `${alerts} alert${alerts === 1 ? "" : "s"}` : ""].filter(
    Boolean,
  );
  setText(byId("health"), wrong.length > 0 ? wrong.join(", ") : phase);
  byId("health").title = status.alerts.map((alert) => alert.text).join("\n");
  const letters = `${status.deadLetters} dead letter${status.deadLetters === 1 ? "" : "s"}`;
  setText(
    byId("health-note"),
    `${status.actors} actors · ${status.restarts} restarts · ${letters}${alerts > 0 ? ` · ${status.alerts[0].text}` : ""}`,
  );
}

function showShips(ships) {
  const rows = ships.map((ship) => {
    const owner = cell("soft owner", ownerText(ship.owner));
    if (ship.owner !== null) owner.title = ship.owner;
    return row(
      cell("name", dot(ship.activity), ship.symbol),
      cell("does", ship.doing, arrival(ship)),
      cell("number", ship.fuel.capacity === 0 ? "–" : `${ship.fuel.units}/${ship.fuel.capacity}`),
      cell("", cargoText(ship.cargo)),
      owner,
    );
  });
  fillTable(byId("ships"), rows, "No ships yet.");
}

/** A task by its id, as `bosun manufacturing tasks` has it; which ship an ordered tour has is in its row already. */
function ownerText(owner) {
  const short = owner?.replace(/^coordinator\//, "").replace(/^pipeline\/([^/]+)\/task\//, "$1.");
  return short?.replace(/^(scouting\/[^/]+)\/.*$/, "$1") ?? "–";
}

function arrival(ship) {
  if (ship.arrivalAt === null || !ship.doing.startsWith("flying")) return undefined;
  const seconds = Math.max(0, Math.round((Date.parse(ship.arrivalAt) - Date.now()) / 1000));
  return element("span", { class: "soft" }, ` · ${seconds} s`);
}

function cargoText(cargo) {
  if (cargo.capacity === 0) return "–";
  if (cargo.units === 0) return element("span", { class: "soft" }, `empty of ${cargo.capacity}`);
  return `${cargo.goods.map((item) => `${item.units} ${item.good}`).join(", ")} of ${cargo.capacity}`;
}

function countBy(items, key) {
  const counts = {};
  for (const item of items) counts[key(item)] = (counts[key(item)] ?? 0) + 1;
  return counts;
}

function showCounts(target, counts) {
  target.replaceChildren(
    ...Object.entries(counts).map(([name, count]) => element("span", {}, element("b", {}, String(count)), name)),
  );
}

function duration(seconds) {
  if (seconds < 90) return `${seconds} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
