import { createSign, createVerify } from "node:crypto";
import * as assert from "uvu/assert";
import { createSigningKey, publicKeyOf } from "#lib/pki/signing-key.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("pki/signing-key");

test("makes a pair whose halves belong together", async () => {
  const { privateKey, publicKey } = await createSigningKey();
  const signature = createSign("sha256").update("text").sign(privateKey);
  assert.ok(createVerify("sha256").update("text").verify(publicKey, signature));
  assert.is(publicKeyOf(privateKey), publicKey);
});
