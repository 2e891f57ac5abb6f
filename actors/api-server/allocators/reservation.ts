import { addressAt, inRange, type AddressRange } from "./address-range.ts";
import { portNumber, type Numbers } from "./numbers.ts";

/** Node ports, both ends included. */
export type PortRange = { readonly first: number; readonly last: number };

/** A number that cannot be had; the message is for the client. */
export class Taken extends Error {
  override readonly name = "Taken";
}

/** The numbers that one write of one Service holds until it is done. */
export class Reservation {
  readonly #numbers: Numbers;
  readonly #key: string;
  readonly #held = new Set<string>();

  constructor(numbers: Numbers, key: string) {
    this.#numbers = numbers;
    this.#key = key;
  }

  /** Takes an address that the client chose. Throws: Taken. */
  takeAddress(address: string, range: AddressRange): void {
    if (!inRange(range, address)) {
      throw new Taken(`the provided IP (${address}) is not in the valid range. The range of valid IPs is ${range.cidr}`);
    }
    if (!this.#take(address)) throw new Taken("provided IP is already allocated");
  }

  /** Takes any address. `start` in [0, 1) says where to begin. Throws: Taken. */
  nextAddress(range: AddressRange, start: number): string {
    const dynamic = range.size - range.staticSize;
    for (let step = 0; step < dynamic; step++) {
      const address = addressAt(range, range.staticSize + ((Math.floor(start * dynamic) + step) % dynamic));
      if (this.#take(address)) return address;
    }
    for (let place = 0; place < range.staticSize; place++) if (this.#take(addressAt(range, place))) return addressAt(range, place);
    throw new Taken("range is full");
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
