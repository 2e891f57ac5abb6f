// wasi:sockets/ip-name-lookup: names as the pod knows them.
import type { Names } from "#runtime/network/lookup.ts";
import type { HostInterface } from "#runtime/wasi/component/linker.ts";
import { Signal } from "#runtime/wasi/signal.ts";
import { Pollable, type Waitable } from "./poll.ts";
import { err, ok, type Result } from "./result.ts";
import { ipAddressOf, socketError, type IpAddress } from "./sockets-address.ts";

/** The resource resolve-address-stream. */
class Addresses implements Waitable {
  readonly #changed = new Signal();
  #left: IpAddress[] | undefined;
  #failure: string | undefined;

  constructor(found: Promise<readonly string[]>) {
    found.then(
      (addresses) => this.#settle(addresses, undefined),
      (error: unknown) => this.#settle([], socketError(error)),
    );
  }

  get isReady(): boolean {
    return this.#left !== undefined;
  }

  watch(fn: () => void): () => void {
    return this.#changed.watch(fn);
  }

  next(): Result<IpAddress | undefined, string> {
    if (this.#left === undefined) return err("would-block");
    return this.#failure === undefined ? ok(this.#left.shift()) : err(this.#failure);
  }

  #settle(addresses: readonly string[], failure: string | undefined): void {
    this.#left = addresses.flatMap((address) => ipAddressOf(address) ?? []);
    this.#failure = failure;
    this.#changed.announce();
  }
}

const NAME = /^[^\s/:]{1,253}$|^[0-9a-fA-F:.]+$/;

/** wasi:sockets/ip-name-lookup */
export const nameLookup = (names: Names): HostInterface => ({
  "resolve-addresses": (_network: unknown, name: string): Result<Addresses, string> =>
    NAME.test(name) ? ok(new Addresses(names.addresses(name))) : err("invalid-argument"),
  "[method]resolve-address-stream.resolve-next-address": (self: Addresses) => self.next(),
  "[method]resolve-address-stream.subscribe": (self: Addresses) => new Pollable(self),
});
