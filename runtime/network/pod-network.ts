// Gives each pod of a node an address of the node's pod CIDR. Addresses are handed out in turn, so that one that was just
// freed is not given to the next pod while somebody may still connect to the old one.
import { parseCidr } from "#api/meta/ip.ts";

/** No address is left, or the node has no pod CIDR yet. */
export class NoAddress extends Error {
  override readonly name = "NoAddress";
}

const toNumber = (bytes: readonly number[]): number => bytes.reduce((value, byte) => value * 256 + byte, 0);
const toText = (value: number): string => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");

/** The addresses of one node's pods. */
export class PodNetwork {
  readonly #byPod = new Map<string, number>();
  readonly #used = new Set<number>();
  #first = 0;
  #count = 0;
  #next = 0;

  /** Sets the node's range, such as `10.64.16.0/20`. The network's and the broadcast address are not given out. */
  use(cidr: string): void {
    const range = parseCidr(cidr);
    if (range === undefined || range.ip.family !== 4 || range.bits > 30)
      throw new NoAddress(`pod CIDR "${cidr}": not an IPv4 range with room for pods`);
    this.#first = toNumber(range.ip.bytes) + 1;
    this.#count = 2 ** (32 - range.bits) - 2;
    this.#next = 0;
  }

  /** The pod's address; the same one when asked again. Throws: NoAddress. */
  allocate(uid: string): string {
    const given = this.#byPod.get(uid);
    if (given !== undefined) return toText(given);
    for (let tries = 0; tries < this.#count; tries++) {
      const address = this.#first + this.#next;
      this.#next = (this.#next + 1) % this.#count;
      if (this.#used.has(address)) continue;
      this.#used.add(address);
      this.#byPod.set(uid, address);
      return toText(address);
    }
    throw new NoAddress(this.#count === 0 ? "the node has no pod CIDR yet" : `all ${this.#count} pod addresses of the node are in use`);
  }

  release(uid: string): void {
    const address = this.#byPod.get(uid);
    if (address === undefined) return;
    this.#byPod.delete(uid);
    this.#used.delete(address);
  }
}
