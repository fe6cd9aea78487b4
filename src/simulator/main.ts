/** The simulator as a sidecar: options → one run → exit code. One JSON line says where it listens; no token in it. */
import { InputFault } from "./inputFault.ts";
import { parseOptions, USAGE } from "./options.ts";
import { startSimulator, stopOnSignal } from "./simulatorProcess.ts";

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(USAGE);
  else {
    const running = await startSimulator(options);
    const { source: _, accountToken: __, agentToken: ___, ...about } = running.facts;
    process.stdout.write(`${JSON.stringify({ event: "listening", ...about, tokensIn: running.path })}\n`);
    await stopOnSignal(running);
    process.exit(0);
  }
} catch (cause) {
  process.stderr.write(`simulator: ${cause instanceof Error ? cause.message : String(cause)}\n`);
  process.exit(cause instanceof InputFault ? 2 : 1);
}
