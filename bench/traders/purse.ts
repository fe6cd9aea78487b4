/** The agent's money as last heard of, and what ships on their way to a purchase have been promised of it. */
export class Purse {
  credits: number;
  #promised = 0;

  constructor(credits: number) {
    this.credits = credits;
  }

  get freeCredits(): number {
    return Math.max(0, this.credits - this.#promised);
  }

  /** Sets money aside until the returned function is called. */
  promise(credits: number): () => void {
    this.#promised += credits;
    let isOpen = true;
    return () => {
      if (isOpen) this.#promised -= credits;
      isOpen = false;
    };
  }
}
