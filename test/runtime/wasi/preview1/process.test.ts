import * as assert from "uvu/assert";
import { ERRNO } from "#runtime/wasi/preview1/errno.ts";
import { processContract } from "#test/contract/preview1-process.ts";
import { suite } from "#test/support/suite.ts";
import { openGuest } from "./guest.ts";

processContract("our host", openGuest);

const test = suite("preview1: the process");

test("random bytes are paid for, and too many at once are refused", () => {
  using guest = openGuest();
  guest.call("random_get", 0, 100_000);
  assert.ok(guest.life.charged >= 100_000);
  assert.is(guest.call("random_get", 0, 2 ** 31), ERRNO.EINVAL);
});
