import { expect, it } from "vitest";
import { type BooksWindow, readBooks, windowOf } from "../../bench/fleetBooks.ts";
import { keepLogbook } from "../../bench/virtual/logbook.ts";
import { START_MS, sail } from "../../bench/virtual/voyage.ts";
import { createTestDatabase } from "../support/testDatabase.ts";

const HOURS = 0.08;

/** What a voyage comes to: the hash of its books, and everything that became durable, in order. */
async function voyage(options: { readonly seed: number; readonly hinder?: () => Promise<void> }) {
  const trace: string[] = [];
  const logbook = keepLogbook(START_MS);
  const database = await createTestDatabase();
  const sailed = await sail({
    ...options,
    database,
    hours: HOURS,
    fleet: "FRESH",
    universe: undefined,
    economy: undefined,
    onRequest: (request) => {
      logbook.onRequest(request);
      trace.push(`${request.atMs} ${request.method} ${request.path} ${request.status}`);
    },
    onNotice: (notice) => {
      logbook.onNotice(notice);
      const who = "address" in notice ? notice.address : notice.to;
      trace.push(`${notice.atMs} ${who} ${notice.notice} ${notice.notice === "transition" ? notice.event.type : ""}`);
    },
  });
  const { booksHash, complaints } = sailed;
  const books = await readBooks(sailed.booksPath, HOURS);
  await sailed.close();
  await database.cleanup();
  return { booksHash, trace, complaints, books, page: logbook.turn(START_MS + HOURS * 3_600_000) };
}

/** Real time, at random: what is under way takes up to two milliseconds longer. */
const dawdle = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, Math.random() * 2));

it("plays the same game in the same order however long statements and answers take [SIM-CLOCK] [SIM-DETERMINISM]", async () => {
  const [quick, slow] = await Promise.all([voyage({ seed: 3 }), voyage({ seed: 3, hinder: dawdle })]);
  expect(slow.trace).toEqual(quick.trace);
  expect(slow.booksHash).toBe(quick.booksHash);
  const times = quick.trace.map((line) => Number(line.split(" ", 1)[0]));
  expect(times.at(-1)).toBeGreaterThan(START_MS + 0.8 * HOURS * 3_600_000);

  const errors = [...quick.complaints.keys()].filter((line) => line.startsWith("error"));
  expect(errors).toEqual([]);
  expect(quick.page.rateLimited).toBe(0);
  expect(quick.page.trades).toBeGreaterThan(0);
  expect(quick.books.addUp).toBe(true);
  expect(balance(windowOf(quick.books.hours, { fromHour: 0, toHour: HOURS }))).toBe(true);
});

/** Every credit of the window is in exactly one of its sums. */
function balance(window: BooksWindow): boolean {
  const { operatingProfit, sales, purchases, fuel, cargoAtCost } = window;
  return Math.abs(operatingProfit - (sales - purchases - fuel + cargoAtCost)) < 0.01;
}
