/** Prints `N passed, N failed` from vitest's JSON report: the one line that a log reader needs. */
import { readFileSync } from "node:fs";

const [path] = process.argv.slice(2);
const report = JSON.parse(readFileSync(path, "utf8"));
const skipped = report.numPendingTests > 0 ? `, ${report.numPendingTests} skipped` : "";
console.log(`${report.numPassedTests} passed, ${report.numFailedTests} failed${skipped}`);
