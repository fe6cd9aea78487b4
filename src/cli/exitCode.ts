/** Exit codes of `bosun`, the same for every command; `--help` lists them. */
export const ExitCode = { ok: 0, failed: 1, usage: 2, unreachable: 3, notFound: 4, refused: 5 } as const;

/** A failure whose message is meant for the person at the terminal. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  readonly exitCode: number;
  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
