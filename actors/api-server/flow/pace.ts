/** Lets what came in meanwhile be read, then calls on. */
export type Breathe = (onward: () => void) => void;

/** How many requests begin before the server looks what else has come: together they take some milliseconds. */
const MOST = 16;

/**
 * One thread does the work of all requests: who sends a hundred at once would have them all done before anybody else is
 * heard. So only a few begin at a time, and what waits is chosen anew.
 */
export class Pace {
  readonly #breathe: Breathe | undefined;
  readonly #onward: () => void;
  #begun = 0;

  /** Without `breathe` any number begins at once. */
  constructor(breathe: Breathe | undefined, onward: () => void) {
    this.#breathe = breathe;
    this.#onward = onward;
  }

  /** Whether one more request may begin now; if not, `onward` is called when it may. */
  take(): boolean {
    if (this.#breathe === undefined) return true;
    if (this.#begun >= MOST) return false;
    if (this.#begun++ === 0) {
      this.#breathe(() => {
        this.#begun = 0;
        this.#onward();
      });
    }
    return true;
  }
}
