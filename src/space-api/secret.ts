import { inspect } from "node:util";

/**
 * A token that cannot be printed by accident (G15): every way of turning it into text gives `[secret]`. Only the HTTP edge calls
 * `reveal`.
 */
export class Secret {
  readonly #value: string;

  /** Throws a TypeError, which does not quote the value, when it cannot be part of an HTTP header. */
  constructor(value: string) {
    const trimmed = value.trim();
    if (!/^[\x21-\x7e]+$/.test(trimmed)) throw new TypeError("a secret must be one non-empty word of printable ASCII characters");
    this.#value = trimmed;
  }

  reveal(): string {
    return this.#value;
  }

  /** `text` with every occurrence of the value replaced. */
  redactFrom(text: string): string {
    return text.replaceAll(this.#value, REDACTED);
  }

  /** Whether `other` is a secret with the same value. */
  equals(other: unknown): boolean {
    return other instanceof Secret && other.#value === this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

const REDACTED = "[secret]";
