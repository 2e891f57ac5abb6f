import * as assert from "uvu/assert";
import { ERRNO } from "#runtime/wasi/preview1/errno.ts";
import { suite } from "#test/support/suite.ts";
import { openGuest, type TestGuest } from "./guest.ts";

const test = suite("preview1: poll_oneoff");

const AT = { input: 0, output: 1000, result: 2000 };

type Subscription =
  | { readonly clock: number; readonly nanos: bigint; readonly absolute?: boolean }
  | { readonly read: number }
  | { readonly write: number };

const subscribe = (guest: TestGuest, ...subscriptions: readonly Subscription[]): number => {
  const view = guest.view();
  for (const [index, each] of subscriptions.entries()) {
    const at = AT.input + 48 * index;
    view.setBigUint64(at, BigInt(100 + index), true);
    if ("clock" in each) {
      view.setUint8(at + 8, 0);
      view.setUint32(at + 16, each.clock, true);
      view.setBigUint64(at + 24, each.nanos, true);
      view.setUint16(at + 40, each.absolute === true ? 1 : 0, true);
    } else {
      view.setUint8(at + 8, "read" in each ? 1 : 2);
      view.setUint32(at + 16, "read" in each ? each.read : each.write, true);
    }
  }
  return subscriptions.length;
};

const poll = (guest: TestGuest, ...subscriptions: readonly Subscription[]): Promise<number> =>
  guest.wait("poll_oneoff", AT.input, AT.output, subscribe(guest, ...subscriptions), AT.result);

// The events as [user data, error, type].
const events = (guest: TestGuest): readonly (readonly [bigint, number, number])[] =>
  Array.from({ length: guest.view().getUint32(AT.result, true) }, (_, index) => {
    const at = AT.output + 32 * index;
    return [guest.view().getBigUint64(at, true), guest.view().getUint16(at + 8, true), guest.view().getUint8(at + 10)] as const;
  });

test("a clock is waited for, by how long and until when", async () => {
  using guest = openGuest();
  assert.is(await poll(guest, { clock: 1, nanos: 5_000_000n }), 0);
  assert.equal(events(guest), [[100n, 0, 0]]);
  assert.ok((guest.life.delays[0] ?? 0) > 3);
  const until = BigInt(Math.round(performance.now() * 1e6)) + 5_000_000n;
  assert.is(await poll(guest, { clock: 1, nanos: until, absolute: true }), 0);
  assert.is(await poll(guest, { clock: 0, nanos: 0n, absolute: true }), 0);
});

test("the first clock that is due ends the wait", async () => {
  using guest = openGuest();
  assert.is(await poll(guest, { clock: 1, nanos: 3_600_000_000_000n }, { clock: 1, nanos: 1_000_000n }), 0);
  assert.equal(events(guest), [[101n, 0, 0]]);
});

test("files and streams are always ready", async () => {
  using guest = openGuest();
  assert.is(await poll(guest, { read: 0 }, { write: 1 }, { clock: 1, nanos: 3_600_000_000_000n }), 0);
  assert.equal(events(guest), [
    [100n, 0, 1],
    [101n, 0, 2],
  ]);
  assert.equal(guest.life.delays, []);
});

test("what cannot be waited for is an event with an error", async () => {
  using guest = openGuest();
  assert.is(await poll(guest, { read: 99 }, { clock: 9, nanos: 0n, absolute: true }), 0);
  assert.equal(events(guest), [
    [100n, ERRNO.EBADF, 1],
    [101n, ERRNO.EINVAL, 0],
  ]);
});

test("waiting for nothing, or for too much, is refused", async () => {
  using guest = openGuest();
  assert.is(await poll(guest), ERRNO.EINVAL);
  assert.is(await guest.wait("poll_oneoff", AT.input, AT.output, 100_000, AT.result), ERRNO.EINVAL);
});

test("a guest that is to end does not come back from waiting", async () => {
  using guest = openGuest();
  guest.life.isEnding = true;
  const error = await poll(guest, { clock: 1, nanos: 1_000_000n }).catch((cause: unknown) => cause);
  assert.instance(error, WebAssembly.RuntimeError);
});
