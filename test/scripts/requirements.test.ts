import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";

const SCRIPT = fileURLToPath(new URL("../../scripts/requirements.mjs", import.meta.url));

let root = "";
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Runs the script on a project of these rows and tests. */
function check(project: { readonly rows: readonly string[]; readonly tests?: string }, args: readonly string[] = []) {
  root = mkdtempSync(join(tmpdir(), "bosun-requirements-"));
  for (const folder of ["docs", "test", "src"]) mkdirSync(join(root, folder));
  writeFileSync(join(root, "src", "sail.ts"), "");
  const head = ["| Status | Id | Statement | Where | Why |", "| --- | --- | --- | --- | --- |"];
  writeFileSync(join(root, "docs", "requirements.md"), [...head, ...project.rows, ""].join("\n"));
  writeFileSync(join(root, "test", "one.test.ts"), project.tests ?? "");
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, "--root", root, ...args], { encoding: "utf8" });
  return { status, stdout, problems: stderr.split("\n").filter((line) => line !== "") };
}

/** Source of a test; put together here, so that the real check does not take it for one of ours. */
function source(name: string, call = "it"): string {
  return `${call}("${name}", () => {});\n`;
}

const shown = "| tests | R000-01 | It sails. | `src/sail.ts` | |";
const open = "| open | R000-02 | It flies. | | No wings. |";

it("counts what is shown, explained and open by group, and passes when every row is one of them", () => {
  const later = "| later | R001-01 | It dives. | | |";
  const explained = "| explained | R000-03 [H] | It walks. | | It has no legs. |";
  const { status, stdout, problems } = check({ rows: [shown, open, explained, later], tests: source("sails [R000-01] [G1]") });
  expect(problems).toEqual([]);
  expect(status).toBe(0);
  expect(stdout).toContain("R000  3 statements: 1 shown, 1 explained, 1 open\nR001  1 statements: 1 later\n");
  expect(stdout).toContain("G     1 of 15 cited; no test cites G2 ");
  expect(stdout).toMatch(/1 statements are open/);
});

it("fails on a row that no test cites, whatever is written elsewhere", () => {
  const tests = `// [R000-01]\n${source("sails [R000-02]")}${source("sails [R000-01]", "it.skip")}${source("sails [R000-01]", "it.todo")}`;
  const { status, problems } = check({ rows: [shown, open], tests });
  expect(problems).toEqual(["requirements: R000-01 is neither shown by a test nor explained nor open: It sails."]);
  expect(status).toBe(1);
});

it("reads names behind tables, templates and line ends", () => {
  const rows = [1, 2, 3, 4].map((number) => `| tests | R000-0${number} | It sails. | | |`);
  const table = `${"it"}.each([["(", fn(")")]] as const)(\n  "sails %s [R000-01]", () => {});\n`;
  const nested = `${"it"}(\`sails \${far ? \`to \${there}\` : "home"} [R000-02]\`, () => {});\n`;
  const tests = `${table}${nested}${source("sails [R000-03]", "test.skipIf(a(b))")}${source("sails [R000-04]", "describe")}`;
  expect(check({ rows, tests })).toMatchObject({ status: 0, problems: [] });
});

it("fails on ids that are not known and on a test that cites more than three statements", () => {
  const rows = [1, 2, 3, 4].map((number) => `| tests | R000-0${number} | It sails. | | |`);
  const known = "[G15] [H17] [E9] [SIM-CLI] [trap 3]";
  const tests =
    source(`does all [R000-01] [R000-02] [R000-03] ${known}`) + source("does more [R000-04] [R000-05] [G16] [SIM-WINGS]");
  const strange = ["R000-05", "G16", "SIM-WINGS"].map((id) =>
    expect.stringContaining(`one.test.ts cites ${id}, which is not known`),
  );
  expect(check({ rows, tests }).problems).toEqual(strange);
  const crowded = source("does all [R000-01] [R000-02] [R000-03 R000-04]");
  expect(check({ rows, tests: crowded }).problems).toEqual([
    expect.stringContaining("one.test.ts cites more than 3 statements in one test: does all"),
  ]);
});

it("fails on a damaged row, whatever is wrong with it", () => {
  const rows = [
    "| done | R001-01 | It sails. | | |",
    "| open | R002-01 | It sails. | | |",
    "| explained | R003-01 | It sails. | | |",
    "| open | R004-01 [H] | It sails. | | |",
    "| open | R005-01 | | | No wings. |",
    "| open | R006-01 | It sails. | `src/fly.ts` | No wings. |",
    "| open | R007-1x | It sails. | | No wings. |",
    "| open | R008-02 | It sails. | | No wings. |",
    "| open | R008-02 | It flies. | | No wings. |",
  ];
  const { status, problems } = check({ rows });
  const said = problems.map((problem) => problem.replace("requirements: ", ""));
  expect(said.toSorted()).toEqual([
    'R001-01 has the status "done", not one of tests, explained, open, later',
    "R002-01 is open and does not say why",
    "R003-01 is explained and does not say why",
    "R004-01 is a hazard without a decision",
    "R004-01 is open and does not say why",
    "R005-01 has no statement",
    "R006-01 names src/fly.ts, which does not exist",
    "R008-01 has no row",
    "R008-02 has two rows",
    "this row has no status and id: | open | R007-1x | It sails. | | No wings. |",
  ]);
  expect(status).toBe(1);
});

it("lists what is open with its text, and says where a part is shown", () => {
  const { stdout } = check({ rows: [shown, open], tests: source("sails [R000-01]") + source("flaps [R000-02]") }, ["--open"]);
  expect(stdout).toBe("R000-02 (partly shown)  It flies.\n         No wings.\n");
});
