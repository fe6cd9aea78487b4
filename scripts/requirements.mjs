/**
 * Which statements of docs/requirements.md are shown by tests: its rows against the `[ID]`s that test names cite.
 *   npm run requirements [-- --open]      --open lists what is not built or not shown yet
 * Fails when a row is neither shown nor explained nor open, when the table is damaged, when a test cites what is not known, and when one
 * test cites more than three statements.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const MAX_STATEMENTS_PER_TEST = 3;
const STATUSES = ["tests", "explained", "open", "later"];
const ID = /\b(?:R\d{3}-\d+|[GHE]\d{1,2}|SIM-[A-Z]+)\b/g;
const isStatement = (id) => id.startsWith("R");

const { values: options } = parseArgs({ options: { open: { type: "boolean", default: false }, root: { type: "string" } } });
const root = options.root ?? fileURLToPath(new URL("..", import.meta.url));

const { rows, problems } = readTable(join(root, "docs", "requirements.md"));
const tests = namedTests(join(root, "test"));
const citations = citationsById(tests);
const known = new Set([...rows.map(({ id }) => id), ...Object.values(tags()).flat()]);

problems.push(
  ...rows
    .filter((row) => row.status === "tests" && !citations.has(row.id))
    .map(({ id, statement }) => `${id} is neither shown by a test nor explained nor open: ${statement}`),
  ...tests.flatMap(({ file, name, ids }) =>
    ids.filter((id) => !known.has(id)).map((id) => `${file} cites ${id}, which is not known: ${name}`),
  ),
  ...tests
    .filter(({ ids }) => ids.filter(isStatement).length > MAX_STATEMENTS_PER_TEST)
    .map(({ file, name }) => `${file} cites more than ${MAX_STATEMENTS_PER_TEST} statements in one test: ${name}`),
);

if (options.open) printOpen();
else printSummary();
for (const problem of problems) process.stderr.write(`requirements: ${problem}\n`);
if (problems.length > 0) process.exitCode = 1;

/** The tags that are numbered elsewhere: guarantees (ARCHITECTURE.md), pitfalls, rules of the economy and parts of the simulator. */
function tags() {
  const numbered = (letter, count) => Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
  const simulator = ["PHYSICS", "RULES", "BOOKS", "LEVERS", "FAULTS", "CLOCK", "DETERMINISM", "UNIVERSE", "CLI", "FUZZ"];
  return { G: numbered("G", 15), H: numbered("H", 17), E: numbered("E", 9), SIM: simulator.map((part) => `SIM-${part}`) };
}

function readTable(path) {
  const rows = [];
  const problems = [];
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    const [, status = "", name = "", statement = "", where = "", reason = ""] = cells;
    const [, id, hazard] = /^(R\d{3}-\d+)( \[H\])?$/.exec(name) ?? [];
    if (id === undefined) {
      if (cells.slice(0, 4).some((cell) => /^R\d{3}\b.{0,8}$/.test(cell)))
        problems.push(`this row has no status and id: ${line}`);
      continue;
    }
    if (!STATUSES.includes(status)) problems.push(`${id} has the status "${status}", not one of ${STATUSES.join(", ")}`);
    if (statement === "") problems.push(`${id} has no statement`);
    if (reason === "" && (status === "explained" || status === "open")) problems.push(`${id} is ${status} and does not say why`);
    if (reason === "" && hazard !== undefined && status !== "later") problems.push(`${id} is a hazard without a decision`);
    if (rows.some((row) => row.id === id)) problems.push(`${id} has two rows`);
    for (const file of filesIn(`${where} ${reason}`)) {
      if (!existsSync(join(root, file))) problems.push(`${id} names ${file}, which does not exist`);
    }
    rows.push({ id, status, statement, reason });
  }
  return { rows, problems: [...problems, ...gaps(rows)] };
}

function filesIn(text) {
  return [...text.matchAll(/`((?:src|migrations|test|bench|docs|scripts)\/[^`]*)`/g)].map(([, file = ""]) => file);
}

/** A statement must not vanish by losing its row. */
function gaps(rows) {
  return groupsOf(rows).flatMap(({ group, members }) => {
    const ids = new Set(members.map(({ id }) => id));
    const last = Math.max(...members.map(({ id }) => Number(id.slice(group.length + 1))));
    return Array.from({ length: last }, (_, index) => `${group}-${String(index + 1).padStart(2, "0")}`)
      .filter((id) => !ids.has(id))
      .map((id) => `${id} has no row`);
  });
}

function groupsOf(rows) {
  const groups = [...new Set(rows.map(({ id }) => id.slice(0, 4)))].toSorted();
  return groups.map((group) => ({ group, members: rows.filter(({ id }) => id.startsWith(group)) }));
}

/** Every test that runs, by its name, with the ids in square brackets. */
function namedTests(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".test.ts"))
    .flatMap((entry) => {
      const path = join(entry.parentPath, entry.name);
      return namesIn(readFileSync(path, "utf8")).map((name) => ({ file: relative(root, path), name, ids: idsIn(name) }));
    });
}

/** Names of `it`, `test` and `describe`, also behind a table: `it.each([…])("name")`. What is skipped or still to do shows nothing. */
function namesIn(text) {
  return [...text.matchAll(/\b(?:it|test|describe)((?:\.\w+)*)(?=\s*[(`])/g)].flatMap((call) => {
    if (/\.(?:skip|todo)\b/.test(call[1] ?? "")) return [];
    let rest = text.slice((call.index ?? 0) + call[0].length).trimStart();
    for (let name = firstText(rest); ; name = firstText(rest)) {
      if (name !== undefined) return [name];
      const end = endOfCall(rest);
      if (end === undefined) return [];
      rest = rest.slice(end).trimStart();
    }
  });
}

function firstText(call) {
  return /^\(\s*["'`]([^\n]*)/.exec(call)?.[1];
}

/** Where the parenthesis that `text` begins with is closed; strings are passed over. */
function endOfCall(text) {
  let depth = 0;
  for (const token of text.matchAll(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|[()]/g)) {
    if (token.index === 0 && token[0] !== "(") return undefined;
    if (token[0] === "(") depth += 1;
    if (token[0] === ")") depth -= 1;
    if (depth === 0) return token[0] === ")" ? token.index + 1 : undefined;
  }
  return undefined;
}

function idsIn(name) {
  return [...name.matchAll(/\[([^\]]*)\]/g)].flatMap(([, inside = ""]) => inside.match(ID) ?? []);
}

function citationsById(tests) {
  const found = new Map();
  for (const { name, ids } of tests) for (const id of ids) found.set(id, [...(found.get(id) ?? []), name]);
  return found;
}

function printSummary() {
  const counted = (members) =>
    STATUSES.map((status) => [status === "tests" ? "shown" : status, members.filter((row) => row.status === status)])
      .map(([label, found]) => [label, label === "shown" ? found.filter(({ id }) => citations.has(id)).length : found.length])
      .filter(([, count]) => count > 0)
      .map(([label, count]) => `${count} ${label}`)
      .join(", ");
  const lines = groupsOf(rows).map(({ group, members }) => `${group}  ${members.length} statements: ${counted(members)}`);
  for (const [tag, ids] of Object.entries(tags())) {
    const missing = ids.filter((id) => !citations.has(id));
    const rest = missing.length === 0 ? "" : `; no test cites ${missing.join(" ")}`;
    lines.push(`${tag.padEnd(4)}  ${ids.length - missing.length} of ${ids.length} cited${rest}`);
  }
  const open = rows.filter(({ status }) => status === "open");
  lines.push(`${open.length} statements are open (npm run requirements -- --open lists them)`);
  process.stdout.write(`${lines.join("\n")}\n`);
}

function printOpen() {
  for (const { id, status, statement, reason } of rows) {
    if (status !== "open") continue;
    const partly = citations.has(id) ? " (partly shown)" : "";
    process.stdout.write(`${id}${partly}  ${statement}\n         ${reason}\n`);
  }
}
