import * as assert from "uvu/assert";
import { endOfTurn } from "#actors/api-server/https/end-of-turn.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("https/end-of-turn");

test("who asks in one turn of the event loop goes on together, after what the turn still does", async () => {
  const order: string[] = [];
  const first = endOfTurn().then(() => order.push("first"));
  await Promise.resolve();
  const second = endOfTurn().then(() => order.push("second"));
  order.push("turn");
  process.nextTick(() => order.push("tick"));
  await Promise.all([first, second]);
  assert.equal(order, ["turn", "tick", "first", "second"]);
});

test("a later turn has an end of its own", async () => {
  const one = endOfTurn();
  assert.is(endOfTurn(), one);
  await one;
  assert.is.not(endOfTurn(), one);
});
