/* A little daemon for the tests: starts a nats-server sidecar, says so on stdout, and waits to be killed. */
import { startSidecar } from "../../src/supervisor/sidecar.ts";
import { natsSidecar } from "../../src/supervisor/sidecars/nats.ts";
import { wallClock } from "./wallClock.ts";

const [dataDirectory = "", binary = ""] = process.argv.slice(2);
const sidecar = await startSidecar(natsSidecar({ binary, dataDirectory }), wallClock, new AbortController().signal);
process.stdout.write(`${JSON.stringify({ identity: sidecar.identity, port: sidecar.port })}\n`);
setInterval(() => undefined, 60_000);
