/** Who holds which ship, and how an operator frees what nobody holds any more. */
import type { Hono } from "hono";
import { z } from "zod";
import { withBody } from "./checkedInput.ts";
import { noFleet } from "./noFleet.ts";

/** A held ship on the wire; the form of `bosun assignments -o json`. */
export interface AssignmentLine {
  readonly ship: string;
  /** Address of the holder. */
  readonly owner: string;
  /** `gone`: nobody stands behind it. */
  readonly ownerStatus: string;
  readonly operation: string | null;
  readonly assignedAt: string;
}

/** What a clearing did, ship by ship. */
export interface ClearReply {
  /** Freed: their owner is gone. The reason in their rows is `manual_cleanup`. */
  readonly cleared: readonly { readonly ship: string; readonly owner: string }[];
  /** An owner that lives was asked to end: it sells what is aboard and gives the ship back. `done`: it has. */
  readonly handedOver: readonly { readonly ship: string; readonly owner: string; readonly done: boolean }[];
  readonly refused: readonly { readonly ship: string; readonly detail: string }[];
}

export interface Assignments {
  list(): Promise<readonly AssignmentLine[]>;
  /** Absent while no fleet runs: only the ships know which claims are theirs to end. */
  readonly desk: () => AssignmentsDesk | undefined;
}

export interface AssignmentsDesk {
  /** Frees what is held by nobody: all of it, or of these ships. With `force`, living owners of these ships are asked to end. */
  clear(wish: { readonly ships: readonly string[]; readonly force: boolean }): Promise<ClearReply>;
}

const clearBody = z.strictObject({ ships: z.array(z.string().min(1).max(64)).max(500), force: z.boolean() });

/** Adds the routes; those below /api/commands are behind the operator's token already. */
export function assignmentRoutes(app: Hono, assignments: Assignments): void {
  app.get("/api/assignments", async (context) => context.json(await assignments.list()));
  app.post("/api/commands/assignments/clear", (context) =>
    withBody(context, clearBody, async ({ ships, force }) => {
      if (force && ships.length === 0) return context.json({ error: "force needs the names of the ships" }, 400);
      const desk = assignments.desk();
      return desk === undefined ? noFleet(context) : context.json(await desk.clear({ ships, force }));
    }),
  );
}
