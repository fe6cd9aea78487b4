import type { Chore } from "./chore.ts";
import type { RuntimeStore } from "./store.ts";
import type { Unit } from "./unit.ts";
import type { Work } from "./work.ts";

/** What became of a batch whose statement was cut off. */
interface WrittenWork {
  readonly written: Work;
  /** Or may not have been: to be tried again. */
  readonly unwritten: Work;
  /** Addresses of actors that its units began. */
  readonly born: ReadonlySet<string>;
}

/**
 * Reads from the stored rows which part of a batch was written. Call under a new epoch, when the old backend is gone (H3). A unit was when its
 * version is stored; mail of the host itself when its rows bear their commit number. Written again, such mail would look like its own duplicate
 * (G2); other chores and checkpoints are safe to repeat.
 */
export async function writtenWork(store: Pick<RuntimeStore, "loadActors" | "loadMail">, work: Work): Promise<WrittenWork> {
  const births = work.units.flatMap((unit) => unit.rows.births.map((row) => row.address));
  const rows = await store.loadActors([...work.units.map((unit) => unit.address), ...births]);
  const chores = await storedMail(store, work.chores);
  const versions = new Map(rows.map((row) => [row.address, row.version]));
  const isWritten = (unit: Unit): boolean => versions.get(unit.address) === unit.version;
  return {
    written: { units: work.units.filter(isWritten), chores, checkpoints: [] },
    unwritten: {
      units: work.units.filter((unit) => !isWritten(unit)),
      chores: work.chores.filter((chore) => !chores.includes(chore)),
      checkpoints: work.checkpoints,
    },
    born: new Set(births.filter((address) => versions.has(address))),
  };
}

async function storedMail(store: Pick<RuntimeStore, "loadMail">, chores: readonly Chore[]): Promise<readonly Chore[]> {
  const mail = chores.flatMap((chore) => chore.rows.inboxIn);
  if (mail.length === 0) return [];
  const rows = await store.loadMail(mail.map((row) => row.id));
  const commitNos = new Map(rows.map((row) => [row.id, row.commitNo]));
  return chores.filter(
    ({ rows: { inboxIn } }) => inboxIn.length > 0 && inboxIn.every((row) => commitNos.get(row.id) === row.commitNo),
  );
}
