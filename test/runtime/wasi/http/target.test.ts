import * as assert from "uvu/assert";
import { errorCodeOf, HttpFailure } from "#runtime/wasi/http/error-code.ts";
import { targetOf } from "#runtime/wasi/http/target.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("runtime/wasi/http/target");
const of = (tag: string | undefined, authority: string | undefined) =>
  targetOf({ scheme: tag === undefined ? undefined : { tag }, authority });
const errorCode = (code: string): unknown => errorCodeOf(Object.assign(new Error("it failed"), { code }));

test("reads a host and its port", () => {
  const plain = { isSecure: false, isName: true };
  assert.equal(of("HTTP", "web.ns.svc"), { tag: "ok", val: { ...plain, host: "web.ns.svc", port: 80, authority: "web.ns.svc" } });
  assert.equal(of("HTTP", "web:8080"), { tag: "ok", val: { ...plain, host: "web", port: 8080, authority: "web:8080" } });
  assert.equal(of("HTTPS", "[::1]:8443"), {
    tag: "ok",
    val: { isSecure: true, isName: false, host: "::1", port: 8443, authority: "[::1]:8443" },
  });
});
test("takes HTTPS when nothing is said, and does not send who the user is", () => {
  const target = of(undefined, "me:secret@web");
  assert.equal(target, { tag: "ok", val: { isSecure: true, isName: true, host: "web", port: 443, authority: "web" } });
});
test("refuses what cannot be asked", () => {
  assert.equal(of("other", "web"), { tag: "err", val: { tag: "HTTP-protocol-error" } });
  for (const authority of [undefined, "", ":80", "web:99999", "web:x"])
    assert.equal(of("HTTP", authority), { tag: "err", val: { tag: "HTTP-request-URI-invalid" } }, authority);
});
test("says what failed in the words of wasi:http", () => {
  assert.equal(errorCode("ECONNREFUSED"), { tag: "connection-refused" });
  assert.equal(errorCode("HPE_INVALID_CONSTANT"), { tag: "HTTP-protocol-error" });
  assert.equal(errorCode("CERT_HAS_EXPIRED"), { tag: "TLS-certificate-error" });
  assert.equal(errorCode("ENOTFOUND"), { tag: "DNS-error", val: { rcode: "NXDOMAIN", infoCode: undefined } });
  assert.equal(errorCode("EWHATEVER"), { tag: "internal-error", val: "it failed" });
  assert.equal(errorCodeOf(new AggregateError([Object.assign(new Error(""), { code: "EHOSTUNREACH" })])), {
    tag: "destination-unavailable",
  });
  assert.equal(errorCodeOf(new HttpFailure({ tag: "loop-detected" })), { tag: "loop-detected" });
});
