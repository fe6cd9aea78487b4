import { encodeError } from "./encodedError.ts";
import type { Logger } from "./environment.ts";
import type { RuntimeNotice } from "./runtime.ts";

type Observer = (notice: RuntimeNotice) => void;

/** Tells observers what has become durable, in commit order, after the commit loop has gone on. */
export class NoticeBoard {
  readonly #logger: Logger;
  readonly #observers = new Set<Observer>();
  #waiting: RuntimeNotice[] = [];
  #scheduled = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  observe(observer: Observer): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  add(notices: readonly RuntimeNotice[]): void {
    if (this.#observers.size === 0 || notices.length === 0) return;
    for (const notice of notices) this.#waiting.push(notice);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.flush());
  }

  flush(): void {
    this.#scheduled = false;
    const notices = this.#waiting;
    this.#waiting = [];
    for (const notice of notices) for (const observer of this.#observers) this.#tell(observer, notice);
  }

  #tell(observer: Observer, notice: RuntimeNotice): void {
    try {
      observer(notice);
    } catch (error) {
      this.#logger.error({ notice: notice.notice, error: encodeError(error) }, "an observer threw");
    }
  }
}
