/** The deeds that machines emit (purchases, deliveries, completed pipelines) as sentences. Unknown ones stay silent. */
import { z } from "zod";
import type { RuntimeNotice } from "../runtime/runtime.ts";
import type { Words } from "./view.store.ts";

type Emitted = Extract<RuntimeNotice, { notice: "emitted" }>;

/** The sentence of an emitted event: its `text` when it brings one, else undefined. */
export function deedInWords(notice: Emitted): Words | undefined {
  const parsed = z.object({ text: z.string() }).safeParse(notice.event);
  if (!parsed.success) return undefined;
  return { atMs: notice.atMs, level: "info", address: notice.address, text: parsed.data.text };
}
