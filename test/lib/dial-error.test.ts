import * as assert from "uvu/assert";
import { dialError } from "#lib/dial-error.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("lib/dial-error");

const said = (code: string, host = "10.0.0.1"): string =>
  dialError(host, 443, Object.assign(new Error("as Node says it"), { code })).message;

test("says in Go's words why a server was not reached", () => {
  assert.is(said("ECONNREFUSED"), "dial tcp 10.0.0.1:443: connect: connection refused");
  assert.is(said("ECONNREFUSED", "fd00::1"), "dial tcp [fd00::1]:443: connect: connection refused");
  assert.is(said("ETIMEDOUT"), "dial tcp 10.0.0.1:443: i/o timeout");
  assert.is(said("ENOTFOUND", "web.example.com"), "dial tcp: lookup web.example.com: no such host");
});

test("says why a certificate is not trusted", () => {
  assert.is(said("SELF_SIGNED_CERT_IN_CHAIN"), "tls: failed to verify certificate: x509: certificate signed by unknown authority");
  assert.is(said("CERT_HAS_EXPIRED"), "tls: failed to verify certificate: x509: certificate has expired or is not yet valid");
});

test("leaves what it does not know", () => assert.is(said("EPIPE"), "as Node says it"));
