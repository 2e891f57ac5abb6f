import { portNumber, type Numbers } from "./numbers.ts";
import { Taken } from "./refusals.ts";

/** Node ports, both ends included. */
export type PortRange = { readonly first: number; readonly last: number };

/** The numbers that one write of one Service holds until it is done. */
export class Reservation {
  readonly #numbers: Numbers;
  readonly #key: string;
  readonly #held = new Set<string>();

  constructor(numbers: Numbers, key: string) {
    this.#numbers = numbers;
    this.#key = key;
  }

  /** Takes an address, unless another Service has it. */
  takeAddress(address: string): boolean {
    return this.#take(address);
  }

  /** Takes a port that the client chose. Throws: Taken. */
  takePort(port: number, { first, last }: PortRange): void {
    if (port < first || port > last) {
      throw new Taken(`provided port is not in the valid range. The range of valid ports is ${first}-${last}`);
    }
    if (!this.#take(portNumber(port))) throw new Taken("provided port is already allocated");
  }

  /** Takes any port. Throws: Taken. */
  nextPort({ first, last }: PortRange, start: number): number {
    const count = last - first + 1;
    for (let step = 0; step < count; step++) {
      const port = first + ((Math.floor(start * count) + step) % count);
      if (this.#take(portNumber(port))) return port;
    }
    throw new Taken("range is full");
  }

  release(): void {
    this.#numbers.release(this.#held);
  }

  /** A number that this write has already is its own: one port may serve two protocols. */
  #take(number: string): boolean {
    if (this.#held.has(number)) return true;
    if (!this.#numbers.isFree(number, this.#key)) return false;
    this.#numbers.reserve(number);
    this.#held.add(number);
    return true;
  }
}
