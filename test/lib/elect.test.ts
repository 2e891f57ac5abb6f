import * as assert from "uvu/assert";
import type { Lease } from "#api/coordination/v1/lease.ts";
import { conflict, failure, notFound } from "#api/meta/status.ts";
import type { Stored } from "#api/meta/object.ts";
import type { ApiRequest } from "#lib/api.ts";
import { Elector } from "#lib/elect.ts";
import { silent } from "#lib/log.ts";
import { seededRandom } from "#lib/random.ts";
import { ScriptedTransport } from "#test/support/scripted-transport.ts";
import { settled, SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("lib/elect");

const subject = { group: "coordination.k8s.io", resource: "leases", name: "kube-scheduler" };

/** One lease on a server that does compare-and-swap. */
class LeaseServer {
  lease: Stored<Lease> | undefined;
  #revision = 0;

  answer = ({ verb, body }: ApiRequest): unknown => {
    if (verb === "get") {
      if (this.lease === undefined) throw notFound(subject);
      return this.lease;
    }
    const sent = JSON.parse(new TextDecoder().decode(body)) as Stored<Lease>;
    if (sent.metadata.resourceVersion !== this.lease?.metadata.resourceVersion) throw conflict(subject);
    this.lease = { ...sent, metadata: { ...sent.metadata, resourceVersion: String(++this.#revision) } };
    return this.lease;
  };
}

const worldOf = () => {
  const clock = new SimulatedClock(Date.UTC(2026, 0, 1));
  const server = new LeaseServer();
  const leaders: string[] = [];
  const candidate = (identity: string, through: (request: ApiRequest) => unknown = server.answer) => {
    const abort = new AbortController();
    const elector = new Elector({
      client: new ScriptedTransport(through).client,
      clock,
      random: seededRandom(identity.length),
      logger: silent,
      lease: { namespace: "kube-system", name: "kube-scheduler" },
      identity,
      onLeading: (leading) => leaders.push(`${leading ? "+" : "-"}${identity}`),
    });
    return { abort, ended: elector.run(abort.signal) };
  };
  return { candidate, clock, leaders, server };
};

test("takes a lease that does not exist, and renews it every two seconds", async () => {
  const { candidate, clock, leaders, server } = worldOf();
  const { abort, ended } = candidate("a");
  await settled();
  assert.equal(leaders, ["+a"]);
  assert.equal(server.lease?.spec, {
    holderIdentity: "a",
    leaseDurationSeconds: 15,
    acquireTime: "2026-01-01T00:00:00.000000Z",
    renewTime: "2026-01-01T00:00:00.000000Z",
    leaseTransitions: 0,
  });
  await clock.advance(6_000);
  assert.is(server.lease?.spec?.renewTime, "2026-01-01T00:00:06.000000Z");
  assert.is(server.lease?.spec?.acquireTime, "2026-01-01T00:00:00.000000Z");
  abort.abort();
  await ended;
});

test("gives the lease back when it is stopped, after it has stopped leading; another takes it soon", async () => {
  const { candidate, clock, leaders, server } = worldOf();
  const first = candidate("a");
  await settled();
  const second = candidate("bb");
  await clock.advance(5_000);
  assert.equal(leaders, ["+a"]);
  first.abort.abort();
  await first.ended;
  assert.is(server.lease?.spec?.holderIdentity, "");
  assert.equal(leaders, ["+a", "-a"]);
  await clock.advance(4_400);
  assert.equal(leaders, ["+a", "-a", "+bb"]);
  assert.is(server.lease?.spec?.leaseTransitions, 1);
  second.abort.abort();
  await second.ended;
  assert.is(clock.nextAt(), undefined);
});

test("a leader that is cut off stops before the next one begins", async () => {
  const { candidate, clock, leaders, server } = worldOf();
  let isCut = false;
  const first = candidate("a", (request) => {
    if (isCut) throw failure("ServiceUnavailable", "cut off");
    return server.answer(request);
  });
  await settled();
  const second = candidate("bb");
  await clock.advance(1_000);
  isCut = true;
  const cutAt = clock.now();
  await clock.until(() => leaders.length === 2);
  assert.equal(leaders, ["+a", "-a"]);
  assert.ok(clock.now() - cutAt <= 12_000);
  await clock.until(() => leaders.length === 3);
  assert.equal(leaders, ["+a", "-a", "+bb"]);
  isCut = false;
  await clock.advance(60_000);
  assert.is(leaders.length, 3);
  for (const { abort } of [first, second]) abort.abort();
  await Promise.all([first.ended, second.ended]);
});

test("a renewal that is answered too late does not count", async () => {
  const { candidate, clock, leaders, server } = worldOf();
  let delayMs = 0;
  const slow = candidate("a", async (request) => {
    const answer = server.answer(request);
    const { promise, resolve } = Promise.withResolvers<void>();
    clock.setTimeout(resolve, delayMs);
    await promise;
    return answer;
  });
  await clock.advance(10);
  delayMs = 4_000;
  await clock.advance(13_000);
  assert.equal(leaders, ["+a", "-a"]);
  slow.abort.abort();
  await slow.ended;
});

test("a leader whose lease another has taken steps down at once", async () => {
  const { candidate, clock, leaders, server } = worldOf();
  const { abort, ended } = candidate("a");
  await settled();
  const lease = server.lease as Stored<Lease>;
  server.lease = { ...lease, spec: { ...lease.spec, holderIdentity: "thief" }, metadata: { ...lease.metadata, resourceVersion: "99" } };
  await clock.advance(2_000);
  assert.equal(leaders, ["+a", "-a"]);
  abort.abort();
  await ended;
  assert.is(server.lease?.spec?.holderIdentity, "thief");
});

test("a candidate counts a lease from when it first saw it, whatever time stands in it", async () => {
  const { candidate, clock, leaders, server } = worldOf();
  const dead = candidate("dead");
  await settled();
  dead.abort.abort();
  await dead.ended;
  const lease = server.lease as Stored<Lease>;
  server.lease = {
    ...lease,
    spec: { ...lease.spec, holderIdentity: "dead", leaseDurationSeconds: 15, renewTime: "1999-01-01T00:00:00.000000Z" },
  };
  leaders.length = 0;
  const next = candidate("next");
  await clock.advance(14_900);
  assert.equal(leaders, []);
  await clock.advance(4_500);
  assert.equal(leaders, ["+next"]);
  next.abort.abort();
  await next.ended;
});

test("goes on trying while the server does not answer", async () => {
  const { candidate, clock, leaders, server } = worldOf();
  let answers = false;
  const { abort, ended } = candidate("a", (request) => {
    if (!answers) throw failure("ServiceUnavailable", "not yet");
    return server.answer(request);
  });
  await clock.advance(60_000);
  assert.equal(leaders, []);
  answers = true;
  await clock.advance(4_400);
  assert.equal(leaders, ["+a"]);
  answers = false;
  abort.abort();
  await ended;
  assert.equal(leaders, ["+a", "-a"]);
});
