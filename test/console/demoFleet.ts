import { type FakeRuntime, SCOPE, shipContext } from "./fakeRuntime.ts";

/** Ten ships, a pipeline and its tasks, for tests that look at the page. */
export function putDemoFleet(runtime: FakeRuntime, nowMs: number): void {
  const put = (path: string, kind: string, rest: object = {}): void => {
    const parent = path === "" ? undefined : parentOf(path);
    runtime.put({
      address: path === "" ? SCOPE : `${SCOPE}/${path}`,
      kind,
      ...(parent === undefined ? {} : { parent }),
      updatedAtMs: nowMs,
      ...rest,
    });
  };
  put("", "agent", { value: "watching" });
  put("universe", "universe", { value: "known" });
  put("treasury", "treasury", { value: "open", context: { purse: { liveCredits: 231_900, reservations: [], floorCredits: 0 } } });
  put("supply-monitor", "supplyMonitor", { value: "watching" });
  put("coordinator", "coordinator", { value: "running" });
  put("coordinator/pipeline/7f3a", "pipeline", {
    value: "executing",
    context: {
      state: { productGood: "CLOTHING", status: "EXECUTING", totalCostCredits: 22_100, totalRevenueCredits: 0 },
      tasks: [{ status: "COMPLETED" }, { status: "EXECUTING" }, { status: "READY" }],
    },
  });
  const statuses = ["COMPLETED", "EXECUTING", "EXECUTING", "READY", "PENDING"];
  for (const [index, status] of statuses.entries()) {
    const task = { id: String(index), type: "ACQUIRE_DELIVER", status, good: ["FABRICS", "COTTON"][index % 2], units: 40 };
    put(`coordinator/pipeline/7f3a/task/${index}`, "task", {
      value: status.toLowerCase(),
      status: status === "COMPLETED" ? "done" : "active",
      context: { task },
    });
  }
  for (let number = 1; number <= 10; number += 1) {
    const symbol = `BOSUN-${number}`;
    const away = number < 8;
    const ship = {
      waypoint: `X1-AB12-${"ABCDEFGHJK"[number - 1]}${number}`,
      nav: away ? "IN_TRANSIT" : "DOCKED",
      ...(away ? { arrivalAtMs: nowMs + number * 4000 } : {}),
      fuelUnits: 600 - number * 31,
      cargoUnits: number % 3 === 0 ? 40 : 0,
      cargo: number % 3 === 0 ? [{ good: "FABRICS", units: 40 }] : [],
    };
    const command = number === 8 ? { kind: "purchase", waypoint: ship.waypoint, good: "COTTON", units: 20 } : null;
    const owner = number % 2 === 0 ? { owner: `${SCOPE}/coordinator/pipeline/7f3a/task/${number % 5}` } : null;
    put(`ship/${symbol}`, "ship", {
      value: away ? "flying" : number === 8 ? "purchasing" : "resting",
      version: 40 + number,
      context: shipContext(symbol, ship, { command, claim: owner }),
    });
  }
}

function parentOf(path: string): string {
  return path.startsWith("coordinator/pipeline/7f3a/")
    ? `${SCOPE}/coordinator/pipeline/7f3a`
    : path.startsWith("coordinator/")
      ? `${SCOPE}/coordinator`
      : SCOPE;
}
