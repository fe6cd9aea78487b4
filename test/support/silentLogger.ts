import type { Logger } from "../../src/runtime/environment.ts";

export const silentLogger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
