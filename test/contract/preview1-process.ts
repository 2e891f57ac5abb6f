// What a preview1 host tells a guest of itself and its time, and how the guest ends. Guests here are called by hand.
import * as assert from "uvu/assert";
import { ERRNO } from "#runtime/wasi/preview1/errno.ts";
import type { TestGuest } from "#test/runtime/wasi/preview1/guest.ts";
import { suite } from "#test/support/suite.ts";

/** The suite. */
export const processContract = (name: string, open: () => TestGuest): void => {
  const test = suite(`preview1, the process: ${name}`);

  test("arguments and environment are lists of strings that end in zero", () => {
    using guest = open();
    assert.is(guest.call("args_sizes_get", 0, 4), 0);
    assert.is(guest.view().getUint32(0, true), 2);
    assert.is(guest.view().getUint32(4, true), 8); // prog\0 and é\0
    assert.is(guest.call("args_get", 16, 64), 0);
    assert.is(guest.view().getUint32(16, true), 64);
    assert.is(guest.view().getUint32(20, true), 69);
    assert.is(guest.text(64, 8), "prog\0é\0");
    assert.is(guest.call("environ_sizes_get", 0, 4), 0);
    assert.is(guest.call("environ_get", 16, 64), 0);
    assert.is(guest.text(64, 4), "A=b\0");
  });

  test("clocks tell their time, and others are refused", () => {
    using guest = open();
    const nanosOn = (clock: number): bigint => {
      assert.is(guest.call("clock_time_get", clock, 1n, 0), 0);
      return guest.view().getBigUint64(0, true);
    };
    const before = BigInt(Date.now()) * 1_000_000n;
    assert.ok(nanosOn(0) >= before);
    const first = nanosOn(1);
    assert.ok(nanosOn(1) >= first);
    assert.is(nanosOn(2), 42n);
    assert.is(nanosOn(3), 42n);
    assert.is(guest.call("clock_time_get", 9, 1n, 0), ERRNO.EINVAL);
    assert.is(guest.call("clock_res_get", 1, 0), 0);
    assert.is(guest.call("clock_res_get", 9, 0), ERRNO.EINVAL);
  });

  test("random bytes fill the whole buffer, also a large one", () => {
    using guest = open();
    assert.is(guest.call("random_get", 0, 100_000), 0);
    const tail = new Uint8Array(guest.view().buffer, 99_000, 1000);
    assert.ok(tail.some((byte) => byte !== 0));
  });

  test("a pointer outside of the memory is EFAULT, whatever the function", () => {
    using guest = open();
    assert.is(guest.call("clock_time_get", 0, 1n, -8), ERRNO.EFAULT);
    assert.is(guest.call("args_get", 2 ** 30, 0), ERRNO.EFAULT);
    assert.is(guest.call("random_get", 131_000, 1000), ERRNO.EFAULT);
    assert.is(guest.call("fd_write", 1, 131_070, 4, 0), ERRNO.EFAULT);
    assert.is(guest.call("path_filestat_get", 3, 0, -1, 10, 0), ERRNO.EFAULT);
  });

  test("exiting ends the guest by a trap, which it cannot catch, and tells the code", () => {
    using guest = open();
    assert.throws(
      () => guest.call("proc_exit", 7),
      (error: unknown) => error instanceof WebAssembly.RuntimeError,
    );
    assert.is(guest.life.exitCode, 7);
  });

  test("giving the thread away goes on, or ends the guest when it is to end", async () => {
    using guest = open();
    assert.is(await guest.wait("sched_yield"), 0);
    guest.life.isEnding = true;
    const error = await guest.wait("sched_yield").catch((cause: unknown) => cause);
    assert.instance(error, WebAssembly.RuntimeError);
  });

  test("raising a signal is not there", () => {
    using guest = open();
    assert.is(guest.call("proc_raise", 9), ERRNO.ENOSYS);
  });
};
