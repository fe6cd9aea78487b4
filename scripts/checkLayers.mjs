/**
 * Checks the reading direction between the layers with dependency-cruiser, after proving that the check still sees: a canary that breaks
 * a rule is planted for a moment in a copy of the rule's own folders, and must be found.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cruise } from "dependency-cruiser";
import extractTSConfig from "dependency-cruiser/config-utl/extract-ts-config";

const root = process.cwd();
const { forbidden, options } = createRequire(import.meta.url)("../.dependency-cruiser.cjs");

const FEWEST_MODULES = 30;

await provesItSees();
const found = await cruiseFolder(root);
if (found.modules < FEWEST_MODULES) fail(`only ${found.modules} modules were seen: the check is blind`);
for (const violation of found.violations) process.stderr.write(`${violation}\n`);
if (found.violations.length > 0) fail(`${found.violations.length} violations of the layers (see .dependency-cruiser.cjs)`);
process.stdout.write(`layers hold: ${found.modules} modules, ${found.dependencies} dependencies, canary found\n`);

async function cruiseFolder(folder) {
  process.chdir(folder);
  try {
    const fileName = join(root, "tsconfig.json");
    const tsConfig = extractTSConfig(fileName);
    const { output } = await cruise(
      ["src"],
      { ...options, tsConfig: { fileName }, validate: true, ruleSet: { forbidden } },
      undefined,
      { tsConfig },
    );
    const own = output.modules.filter((module) => module.source.startsWith("src/"));
    return {
      modules: own.length,
      dependencies: output.summary.totalDependenciesCruised,
      violations: output.summary.violations.map(({ rule, from, to }) => `${rule.severity} ${rule.name}: ${from} → ${to}`),
    };
  } finally {
    process.chdir(root);
  }
}

/** A machine that reaches for the database, once by value and once by type, must be found both times. */
async function provesItSees() {
  const folder = mkdtempSync(join(tmpdir(), "bosun-layers-"));
  try {
    plant(
      folder,
      "src/persistence/database.ts",
      "export interface Row { readonly id: string }\nexport const query = (): Row => ({ id: '1' });\n",
    );
    plant(
      folder,
      "src/machines/value.machine.ts",
      'import { query } from "../persistence/database.ts";\nexport const machine = query();\n',
    );
    plant(
      folder,
      "src/machines/type.machine.ts",
      'import type { Row } from "../persistence/database.ts";\nexport const idOf = (row: Row): string => row.id;\n',
    );
    const { violations } = await cruiseFolder(folder);
    for (const file of ["value.machine.ts", "type.machine.ts"]) {
      if (!violations.some((violation) => violation.includes("machines-are-pure") && violation.includes(file)))
        fail(`the canary ${file} was not found: the check is blind`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function plant(folder, path, text) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
