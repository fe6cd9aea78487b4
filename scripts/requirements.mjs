/**
 * Which requirements have tests: the ids of docs/requirements.md (else those of ARCHITECTURE.md and the pitfalls H1 to H17) against the
 * `[ID]`s that test names cite. Prints what nothing cites; fails only for ids that docs/requirements.md marks `must` at the line's start.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const ID = /\b(?:R\d{3}-\d+[a-z]?|G\d{1,2}|H\d{1,2})\b/g;

const { wanted, musts } = requirements();
const cited = citations(join(root, "test"));
const missing = [...wanted].filter((id) => !cited.has(id));
const stray = [...cited.keys()].filter((id) => !wanted.has(id) && !/^R/.test(id));

process.stdout.write(
  `${wanted.size - missing.length} of ${wanted.size} requirements are cited by ${countTests(cited)} test names\n`,
);
if (missing.length > 0) process.stdout.write(`no test cites: ${missing.join(" ")}\n`);
if (stray.length > 0) process.stdout.write(`cited, but not known: ${stray.join(" ")}\n`);
if (missing.some((id) => musts.has(id))) process.exitCode = 1;

function requirements() {
  const file = join(root, "docs", "requirements.md");
  if (!existsSync(file)) {
    const numbered = (letter, count) => Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
    return { wanted: new Set([...numbered("G", 15), ...numbered("H", 17)]), musts: new Set() };
  }
  const text = readFileSync(file, "utf8");
  const mustLines = text.split("\n").filter((line) => /^\W*must\b/i.test(line));
  return { wanted: new Set(text.match(ID) ?? []), musts: new Set(mustLines.join("\n").match(ID) ?? []) };
}

/** Ids in square brackets in the names of `it` and `describe`, by id; a range `[R002-50 to R002-60]` cites each of its ids. */
function citations(folder) {
  const found = new Map();
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".test.ts")) continue;
    const path = join(entry.parentPath, entry.name);
    for (const [, name = ""] of readFileSync(path, "utf8").matchAll(
      /\b(?:it|test|describe)(?:\.\w+(?:\([^)]*\))?)*\s*\(\s*["'`]([^\n]*)/g,
    )) {
      for (const [, inside = ""] of name.matchAll(/\[([^\]]*)\]/g))
        for (const id of idsIn(inside)) add(found, id, `${path}: ${name}`);
    }
  }
  return found;
}

function idsIn(text) {
  const range = /^(R\d{3}-)(\d+) to \1(\d+)$/.exec(text.trim());
  if (range === null) return text.match(ID) ?? [];
  const [, prefix, first, last] = range;
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => `${prefix}${Number(first) + index}`);
}

function add(found, id, name) {
  found.set(id, [...(found.get(id) ?? []), name]);
}

function countTests(found) {
  return new Set([...found.values()].flat()).size;
}
