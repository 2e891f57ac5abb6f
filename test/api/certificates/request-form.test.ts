import * as assert from "uvu/assert";
import { requestFault } from "#api/certificates/v1/request-form.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("certificates/request-form");

// An Ed25519 key asks for nothing.
const REQUEST = Uint8Array.fromBase64(
  "MH8wMwIBADAAMCowBQYDK2VwAyEAd+YRexPIxQFeogkOZU+JBGF1uT1P7sgPBFwjLnm/HyagADAFBgMrZXADQQAnXUalqOOdypG72fQeCcAPUihx/Yy5R/a3guBzL0xHVMC78Y+zNkTUckCOn+/X9NJ4WnxWQJS+l1mlEphkKwAF",
);

/** The request with one byte changed. */
const withByte = (at: number, byte: number): Uint8Array => REQUEST.with(at, byte);

const PARAMETERS =
  "{optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false}";

test("a request has the form of one", () => {
  assert.is(requestFault(REQUEST), undefined);
});

test("what is no DER is refused in Go's words", () => {
  const syntax = (why: string): string => `asn1: syntax error: ${why}`;
  const structure = (why: string): string => `asn1: structure error: ${why}`;
  assert.is(requestFault(Uint8Array.of()), syntax("sequence truncated"));
  assert.is(requestFault(Uint8Array.of(0x30)), syntax("truncated tag or length"));
  assert.is(requestFault(Uint8Array.of(0x30, 0x82, 1)), syntax("truncated tag or length"));
  assert.is(requestFault(Uint8Array.of(0x30, 0x80)), syntax("indefinite length found (not DER)"));
  assert.is(requestFault(Uint8Array.of(0x30, 0x82, 0, 200)), structure("superfluous leading zeros in length"));
  assert.is(requestFault(Uint8Array.of(0x30, 0x81, 3)), structure("non-minimal length"));
  assert.is(requestFault(Uint8Array.of(0x30, 0x84, 255, 255, 255, 255)), structure("length too large"));
  assert.is(requestFault(REQUEST.subarray(0, -1)), syntax("data truncated"));
  assert.is(requestFault(Uint8Array.of(...REQUEST, 0)), syntax("trailing data"));
  assert.is(requestFault(Uint8Array.of(0x30, 0)), syntax("sequence truncated"), "nothing is in it");
});

test("what is DER of something else is refused with what was found", () => {
  const found = (wanted: number, what: string, where: string): string =>
    `asn1: structure error: tags don't match (${wanted} vs {${what}}) ${PARAMETERS} ${where}`;
  assert.is(
    requestFault(new TextEncoder().encode("hello")),
    found(16, "class:1 tag:8 length:101 isCompound:true", "certificateRequest @2"),
  );
  assert.is(
    requestFault(withByte(0, 0x31)),
    found(16, `class:0 tag:17 length:${REQUEST[1]! & 127} isCompound:true`, "certificateRequest @2"),
  );
  assert.is(
    requestFault(Uint8Array.of(0x30, 3, 2, 1, 0)),
    found(16, "class:0 tag:2 length:1 isCompound:false", "tbsCertificateRequest @2"),
  );
});

test("no change of a byte makes it fail otherwise than with a reason", () => {
  for (let at = 0; at < REQUEST.length; at++) {
    for (const byte of [0, 0x1f, 0x30, 0x7f, 0x80, 0x84, 0xff]) {
      const fault = requestFault(withByte(at, byte));
      assert.ok(fault === undefined || fault.startsWith("asn1: "), `${at}: ${fault}`);
    }
  }
});
