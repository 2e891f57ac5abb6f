import * as assert from "uvu/assert";
import { mostSeats, seatsWanted, type Holdings } from "#actors/api-server/flow/width.ts";
import type { RequestOptions } from "#lib/api.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("flow/width");

/** 100 objects of 1,000 bytes for each seat. */
const held = (size: number): Holdings => ({ size, bytes: size * 1_000 });
const seats = (size: number, options: RequestOptions = {}, { verb = "list", name = "" } = {}): number =>
  seatsWanted({ verb, group: "", version: "v1", resource: "pods", name }, options, () => held(size));

test("a list weighs what it holds in memory, ten seats at most", () => {
  assert.equal(
    [0, 1, 100, 101, 950, 1_000, 50_000].map((size) => seats(size)),
    [1, 1, 1, 2, 10, 10, 10],
  );
});

test("a chunk weighs what is in it, and one object by its name is one", () => {
  assert.is(seats(5_000, { limit: 250 }), 3);
  assert.is(seats(5_000, {}, { name: "web" }), 1);
});

test("a watch weighs as a list only when it begins with everything", () => {
  assert.is(seats(300, {}, { verb: "watch" }), 1);
  assert.is(seats(300, { sendInitialEvents: true }, { verb: "watch" }), 3);
});

test("everything else weighs one seat, as does what nobody knows", () => {
  for (const verb of ["get", "create", "patch", "delete"]) assert.is(seats(5_000, {}, { verb }), 1);
  const unknown = { verb: "list", group: "x", version: "v1", resource: "ys" };
  assert.is(
    seatsWanted(unknown, {}, () => undefined),
    1,
  );
  assert.is(
    seatsWanted({ verb: "get", path: "/metrics" }, {}, () => held(1_000)),
    1,
  );
});

test("one request takes no more than a part of its level", () => {
  const queuing = (handSize: number) => ({ queues: 64, handSize, queueLengthLimit: 50 });
  assert.is(mostSeats(queuing(6), 245), 37); // 15 %
  assert.is(mostSeats(queuing(8), 49), 6); // as many as eight hands leave each
  assert.is(mostSeats(queuing(8), 3), 1);
  assert.is(mostSeats(undefined, 13), 13);
});
