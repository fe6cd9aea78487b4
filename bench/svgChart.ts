/** Line charts as SVG text: axes with units, a legend, and a card of its own, so that they read on a light and on a dark page. */

export interface Series {
  readonly name: string;
  /** Index into the palette; series of one colour belong together. */
  readonly colour: number;
  readonly as: "line" | "dashed" | "points";
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Axis {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly step: number;
  /** Shown instead of the numbers, one per tick. */
  readonly names?: readonly string[];
}

export interface Chart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  /** Horizontal stripes behind the lines, e.g. supply labels. */
  readonly bands?: readonly { readonly name: string; readonly from: number; readonly to: number }[];
}

/** Charts in two columns on one card. */
export function figure(charts: readonly Chart[]): string {
  const columns = Math.min(2, charts.length);
  const rows = Math.ceil(charts.length / columns);
  const [width, height] = [columns * PANEL.width + 20, rows * PANEL.height + 20];
  const panels = charts.map((chart, i) => {
    const at = [10 + (i % columns) * PANEL.width, 10 + Math.floor(i / columns) * PANEL.height];
    return `<g transform="translate(${at.join(" ")})">${panel(chart)}</g>`;
  });
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`;
  const card = `<rect class="card" width="${width}" height="${height}" rx="10"/>`;
  return `${open}\n<style>${STYLE}</style>\n${card}\n${panels.join("\n")}\n</svg>\n`;
}

export function line(name: string, colour: number, points: Series["points"]): Series {
  return { name, colour, as: "line", points };
}

export function dashed(name: string, colour: number, points: Series["points"]): Series {
  return { name, colour, as: "dashed", points };
}

/** What was measured or logged. */
export function dots(name: string, colour: number, points: Series["points"]): Series {
  return { name, colour, as: "points", points };
}

export function axis(label: string, from: number, to: number, step: number): Axis {
  return { label, from, to, step };
}

const PANEL = { width: 460, height: 350 };
const PLOT = { left: 64, top: 40, width: 376, height: 210 };

const LIGHT = ["#2563a8", "#c2571a", "#1f7a5c", "#7a4fb5", "#5f6672"];
const DARK = ["#78b0ee", "#f0995c", "#5fc8a0", "#bd9bf0", "#a9b1bd"];
const colours = (palette: readonly string[]) => palette.map((colour, i) => `.c${i}{--c:${colour}}`).join("");
const STYLE = [
  "text{font:12px system-ui,-apple-system,'Segoe UI',sans-serif;fill:var(--ink)}.title{font-weight:600;font-size:13.5px}.small{font-size:11px}",
  ".card{fill:var(--card);stroke:var(--grid)}.grid{stroke:var(--grid);stroke-width:1}.axis{fill:none;stroke:var(--ink);stroke-width:1}",
  ".band{fill:var(--ink);fill-opacity:.05}.line{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round}.dashed{stroke-dasharray:5 4}",
  ".dot{fill:var(--card);stroke:var(--c);stroke-width:1.8}",
  `svg{--ink:#24292f;--card:#fdfdfc;--grid:#dcdfe3}${colours(LIGHT)}`,
  `@media(prefers-color-scheme:dark){svg{--ink:#dfe3e8;--card:#16191e;--grid:#363c45}${colours(DARK)}}`,
].join("");

function panel(chart: Chart): string {
  const x = scale(chart.x, PLOT.left, PLOT.left + PLOT.width);
  const y = scale(chart.y, PLOT.top + PLOT.height, PLOT.top);
  const [right, bottom] = [PLOT.left + PLOT.width, PLOT.top + PLOT.height];
  return [
    `<text class="title" x="${PLOT.left}" y="22">${escape(chart.title)}</text>`,
    ...bands(chart, y),
    ...ticks(chart.y).map(
      (value) =>
        `<path class="grid" d="M${PLOT.left} ${y(value)}H${right}"/><text class="small" text-anchor="end" x="${PLOT.left - 6}" y="${y(value) + 4}">${shown(value)}</text>`,
    ),
    ...ticks(chart.x).map(
      (value, i) =>
        `<text class="small" text-anchor="middle" x="${x(value)}" y="${bottom + 16}">${escape(chart.x.names?.[i] ?? shown(value))}</text>`,
    ),
    `<path class="axis" d="M${PLOT.left} ${PLOT.top}V${bottom}H${right}"/>`,
    `<text text-anchor="middle" x="${PLOT.left + PLOT.width / 2}" y="${bottom + 34}">${escape(chart.x.label)}</text>`,
    `<text text-anchor="middle" transform="translate(16 ${PLOT.top + PLOT.height / 2}) rotate(-90)">${escape(chart.y.label)}</text>`,
    ...chart.series.map((series) => drawn(series, x, y)),
    ...chart.series.filter(({ name }) => name !== "").map(legend),
  ].join("\n");
}

function bands({ bands: stripes = [], y: axis }: Chart, y: (value: number) => number): string[] {
  return stripes.flatMap(({ name, from, to }, i) => {
    const [top, bottom] = [y(Math.min(to, axis.to)), y(Math.max(from, axis.from))];
    if (bottom - top < LEAST_BAND) return [];
    const fill =
      i % 2 === 0 ? [`<rect class="band" x="${PLOT.left}" y="${top}" width="${PLOT.width}" height="${bottom - top}"/>`] : [];
    const at = `x="${PLOT.left + PLOT.width - 5}" y="${top + 13}"`;
    return [...fill, `<text class="small" text-anchor="end" fill-opacity=".7" ${at}>${escape(name)}</text>`];
  });
}

const LEAST_BAND = 16;

function drawn({ as, colour, points }: Series, x: (value: number) => number, y: (value: number) => number): string {
  if (as === "points")
    return points.map(([at, value]) => `<circle class="dot c${colour}" cx="${x(at)}" cy="${y(value)}" r="3.6"/>`).join("");
  const path = points.map(([at, value], i) => `${i === 0 ? "M" : "L"}${x(at)} ${y(value)}`).join("");
  return `<path class="line c${colour}${as === "dashed" ? " dashed" : ""}" d="${path}"/>`;
}

/** Two columns below the plot. */
function legend({ name, as, colour }: Series, i: number): string {
  const [left, top] = [24 + (i % 2) * 222, PLOT.top + PLOT.height + 54 + Math.floor(i / 2) * 17];
  const mark =
    as === "points"
      ? `<circle class="dot c${colour}" cx="${left + 9}" cy="${top - 4}" r="3.6"/>`
      : `<path class="line c${colour}${as === "dashed" ? " dashed" : ""}" d="M${left} ${top - 4}h18"/>`;
  return `${mark}<text class="small" x="${left + 24}" y="${top}">${escape(name)}</text>`;
}

function scale({ from, to }: Axis, low: number, high: number): (value: number) => number {
  return (value) => Math.round((low + ((Math.max(from, Math.min(to, value)) - from) / (to - from)) * (high - low)) * 10) / 10;
}

function ticks({ from, to, step }: Axis): number[] {
  return Array.from({ length: Math.floor((to - from) / step + 1e-9) + 1 }, (_, i) => Math.round((from + i * step) * 1e6) / 1e6);
}

function shown(value: number): string {
  return value.toLocaleString("en-US").replace("-", "−");
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
