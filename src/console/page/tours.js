/** Tours: a table of who keeps which markets in sight, and a small map of the system with their rounds. */
import { byId, element, setText, shortOf } from "./dom.js";
import { cell, dot, fillTable, row } from "./tables.js";

const TOURS_EVERY_MS = 3_000;
const MAP_EVERY_MS = 15_000;
/** Quotes older than this, in game time, are drawn as faded; three times as old ones as unknown. */
const FRESH_GAME_MS = 600_000;
const TONES = 6;
const STATES = { running: "active", claiming: "starting", waiting: "waiting", failed: "failed" };

let tours = [];
let map;
let toursAtMs = 0;
let mapAtMs = 0;
let highlighted;

/** Called with each status; asks for more only now and then, and never twice at once. */
export async function showTours(status) {
  const nowMs = Date.now();
  if (nowMs - toursAtMs < TOURS_EVERY_MS) return;
  toursAtMs = nowMs;
  const answer = await fetch("api/tours");
  if (answer.ok) tours = (await answer.json()).tours;
  const system = tours.find((tour) => tour.system)?.system;
  if (system !== undefined && (map?.system !== system || nowMs - mapAtMs >= MAP_EVERY_MS)) {
    mapAtMs = nowMs;
    const charted = await fetch(`api/systems/${encodeURIComponent(system)}`);
    map = charted.ok ? await charted.json() : undefined;
  }
  showTable();
  drawMap(status);
}

function showTable() {
  const running = tours.filter((tour) => tour.status === "running").length;
  setText(byId("tour-count"), tours.length === 0 ? "" : `${running} of ${tours.length} running`);
  const rows = tours.map((tour, index) => {
    const algorithm = cell("soft", tour.algorithm);
    algorithm.title = tour.container;
    const line = row(
      cell("name", element("span", { class: `swatch tour-${index % TONES}` }), tour.ship),
      cell("state", dot(STATES[tour.status] ?? "done"), tour.status),
      cell("", shortOf(tour.nextWaypoint)),
      cell("number", String(tour.markets.length)),
      cell("number", String(tour.visits)),
      cell("number", tour.totalDistance === undefined ? "–" : tour.totalDistance.toFixed(0)),
      algorithm,
    );
    line.classList.toggle("picked", tour.container === highlighted);
    line.addEventListener("mouseenter", () => pick(tour.container));
    line.addEventListener("mouseleave", () => pick(undefined));
    return line;
  });
  fillTable(byId("tours"), rows, "No tours yet.");
}

/** One tour stands out while the pointer is on its row. */
function pick(container) {
  highlighted = container;
  for (const line of byId("map").querySelectorAll("[data-tour]"))
    line.classList.toggle("faint", container !== undefined && line.dataset.tour !== container);
}

function drawMap(status) {
  const svg = byId("map");
  byId("map-figure").hidden = map === undefined;
  if (map === undefined) return;
  const places = new Map(map.waypoints.map((waypoint) => [waypoint.symbol, waypoint]));
  const frame = frameOf(map.waypoints.filter((waypoint) => waypoint.isMarket || isOnTour(waypoint.symbol)));
  svg.setAttribute("viewBox", frame.viewBox);
  const at = (waypoint) => ({ x: waypoint.x, y: -waypoint.y });
  const marks = map.waypoints.map((waypoint) => mark(waypoint, at(waypoint), frame.unit, status.gameSpeed));
  const rounds = tours.map((tour, index) => round(tour, index, places, at));
  const ships = tours.flatMap((tour, index) => shipMark(tour, index, status, places, at, frame.unit));
  svg.replaceChildren(...marks, ...rounds, ...labels(places, at, frame.unit), ...ships);
  pick(highlighted);
  setText(
    byId("map-note"),
    `${map.system} · ${map.waypoints.filter((waypoint) => waypoint.isMarket).length} markets · full ring: prices of the last 10 game minutes, pale: older, dotted: none in the last half hour`,
  );
}

/** All of the round, as a line; what wanders without one has none. */
function round(tour, index, places, at) {
  const points = tour.order.flatMap((symbol) => {
    const place = places.get(symbol);
    return place === undefined ? [] : [`${at(place).x},${at(place).y}`];
  });
  return shape("polyline", { class: `round tour-${index % TONES}`, "data-tour": tour.container, points: points.join(" ") });
}

function mark(waypoint, { x, y }, unit, gameSpeed) {
  if (!waypoint.isMarket) return shape("circle", { class: "rock", cx: x, cy: y, r: unit * 0.5 });
  const ageMs = waypoint.seenAt === null ? Number.POSITIVE_INFINITY : (Date.now() - Date.parse(waypoint.seenAt)) * gameSpeed;
  const freshness = ageMs <= FRESH_GAME_MS ? "fresh" : ageMs <= 3 * FRESH_GAME_MS ? "faded" : "unknown";
  const title = `${waypoint.symbol} ${waypoint.type}: ${waypoint.seenAt === null ? "never seen" : `seen ${Math.round(ageMs / 60_000)} game min ago`}`;
  const ring = shape("circle", { class: `market ${freshness}`, cx: x, cy: y, r: unit * 1.5 });
  ring.append(shape("title", {}, title));
  return ring;
}

function shipMark(tour, index, status, places, at, unit) {
  const ship = status.ships.find((candidate) => candidate.symbol === tour.ship);
  const place = ship === undefined || tour.status === "waiting" ? undefined : places.get(ship.waypoint);
  if (place === undefined) return [];
  const flying = ship.activity === "flying" ? " flying" : "";
  const { x, y } = at(place);
  const made = shape("circle", {
    class: `ship tour-${index % TONES}${flying}`,
    "data-tour": tour.container,
    cx: x,
    cy: y,
    r: unit,
  });
  made.append(shape("title", {}, `${ship.symbol}: ${ship.doing}`));
  return [made];
}

/** Names of the stops of rounds; where two would lie over each other only the first, the other has its tooltip. */
function labels(places, at, unit) {
  const named = [];
  return [...new Set(tours.flatMap((tour) => tour.order))].flatMap((symbol) => {
    const place = places.get(symbol);
    if (place === undefined) return [];
    const { x, y } = at(place);
    if (named.some((other) => Math.abs(other.x - x) < unit * 9 && Math.abs(other.y - y) < unit * 3)) return [];
    named.push({ x, y });
    const made = shape("text", { class: "stop", x: x + unit * 2, y: y - unit * 1.2 }, shortOf(symbol));
    made.setAttribute("font-size", String(unit * 3));
    return [made];
  });
}

function isOnTour(symbol) {
  return tours.some((tour) => tour.order.includes(symbol) || tour.markets.includes(symbol));
}

/** Everything fits, with a margin; `unit` is a length that looks the same in each system. */
function frameOf(waypoints) {
  const xs = waypoints.map((waypoint) => waypoint.x);
  const ys = waypoints.map((waypoint) => -waypoint.y);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const size = Math.max(right - left, (bottom - top) * 1.5, 40);
  const unit = size / 120;
  const margin = unit * 8;
  const width = Math.max(right - left, 1) + 2 * margin;
  const height = Math.max(bottom - top, 1) + 2 * margin;
  return { viewBox: `${left - margin} ${top - margin} ${width} ${height}`, unit };
}

function shape(tag, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  if (text !== undefined) made.append(text);
  return made;
}
