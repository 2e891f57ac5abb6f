import * as assert from "uvu/assert";
import { authenticationData } from "#actors/api-server/aggregation/authentication-config.ts";
import { createAuthority } from "#lib/pki/authority.ts";
import { DAY_MS } from "#lib/pki/expiry.ts";
import { seededRandom } from "#lib/random.ts";
import { SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/aggregation/authentication-config");

const clock = new SimulatedClock();
const authorityOf = async (name: string) => (await createAuthority(name, { clock, random: seededRandom(1) })).credentials.certificate;
const trust = Promise.all([authorityOf("kubernetes"), authorityOf("front-proxy-ca")]).then(([clientAuthority, authority]) => ({
  clientAuthority,
  frontProxy: { authority, names: ["front-proxy-client"] },
}));

test("tells other servers whom to trust, and in which headers users stand", async () => {
  const { clientAuthority, frontProxy } = await trust;
  assert.equal(authenticationData({}, await trust, clock.now()), {
    "client-ca-file": clientAuthority,
    "requestheader-client-ca-file": frontProxy.authority,
    "requestheader-allowed-names": '["front-proxy-client"]',
    "requestheader-username-headers": '["X-Remote-User"]',
    "requestheader-uid-headers": '["X-Remote-Uid"]',
    "requestheader-group-headers": '["X-Remote-Group"]',
    "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
  });
});

test("what is written already changes nothing", async () => {
  const once = authenticationData({}, await trust, clock.now());
  assert.equal(authenticationData(once, await trust, clock.now()), once);
});

test("keeps what other API servers trust, as long as it is valid", async () => {
  const theirs = await authorityOf("theirs");
  const present = { "client-ca-file": theirs, "requestheader-allowed-names": '["aggregator"]', "requestheader-group-headers": "broken" };
  const data = authenticationData(present, await trust, clock.now());
  assert.is(data["client-ca-file"], theirs + (await trust).clientAuthority);
  assert.is(data["requestheader-allowed-names"], '["aggregator","front-proxy-client"]');
  assert.is(data["requestheader-group-headers"], '["X-Remote-Group"]');
  assert.is(authenticationData(present, await trust, clock.now() + 4000 * DAY_MS)["client-ca-file"], "");
});
