import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { Receiver } from "#lib/nats/receiver.ts";
import { Sender } from "#lib/nats/sender.ts";
import { decodeAnswer, decodeFlow, decodeOpening, encodeAnswer, encodeFlow, encodeOpening, endsExchange } from "#lib/nats/stream.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("lib/nats/stream");
const someBytes = fc.uint8Array({ maxLength: 60 });

test("gives back every opening", () => {
  fc.assert(
    fc.property(fc.jsonValue(), someBytes, (head, body) => {
      const opening = decodeOpening(encodeOpening(head, body));
      assert.equal(JSON.stringify(opening.head), JSON.stringify(head));
      assert.equal(opening.body, body);
    }),
  );
  assert.is(decodeOpening(encodeOpening({ verb: "get" }, undefined)).body.length, 0);
});

test("refuses an opening that is cut short", () => {
  assert.throws(() => decodeOpening(encodeOpening({ verb: "get" }, undefined).subarray(0, 8)), /the head is longer/);
  assert.throws(() => decodeOpening(new Uint8Array()));
});

test("gives back every answering message", () => {
  const anyMessage = fc.record({
    number: fc.nat(2 ** 32 - 1),
    ends: fc.boolean(),
    fails: fc.boolean(),
    frames: fc.array(someBytes, { maxLength: 5 }),
    continues: fc.boolean(),
  });
  fc.assert(
    fc.property(anyMessage, (message) => {
      const encoded = encodeAnswer(message);
      const continues = message.continues && message.frames.length > 0;
      assert.equal({ ...decodeAnswer(encoded) }, { ...message, continues });
      assert.is(endsExchange(encoded), message.ends);
    }),
  );
});

test("refuses an answering message that is cut short", () => {
  const message = encodeAnswer({ number: 0, ends: false, fails: false, continues: false, frames: [new Uint8Array(9)] });
  assert.throws(() => decodeAnswer(message.subarray(0, 12)), /a frame is longer than its message/);
});

test("gives back every flow message, and nothing for what is none", () => {
  for (const flow of [{ what: "cancel" }, { what: "probe" }, { what: "credit", consumedBytes: 2 ** 40 }] as const) {
    assert.equal(decodeFlow(encodeFlow(flow)), flow);
  }
  assert.is(decodeFlow(Uint8Array.of(1, 2)), undefined);
  assert.is(decodeFlow(new Uint8Array()), undefined);
});

/** A sender joined to a receiver by a list of messages on their way. */
const joined = (options: { readonly maxMessageBytes: number; readonly windowBytes: number }) => {
  const underway: Uint8Array[] = [];
  const frames: Uint8Array[] = [];
  const sender = new Sender({ ...options, publish: (message) => underway.push(message) });
  const receiver = new Receiver(options.windowBytes, (frame) => frames.push(frame));
  return { underway, frames, sender, receiver };
};

test("carries frames of any size through any window, whole and in order", () => {
  const anyRun = fc.record({
    maxMessageBytes: fc.integer({ min: 10, max: 80 }),
    windowBytes: fc.integer({ min: 1, max: 300 }),
    given: fc.array(someBytes, { maxLength: 30 }),
    flushEvery: fc.integer({ min: 1, max: 5 }),
  });
  fc.assert(
    fc.property(anyRun, ({ maxMessageBytes, windowBytes, given, flushEvery }) => {
      const { underway, frames, sender, receiver } = joined({ maxMessageBytes, windowBytes });
      let is = "open";
      const deliver = (): void => {
        for (let message = underway.shift(); message !== undefined; message = underway.shift()) {
          assert.ok(message.length <= maxMessageBytes, "no message is larger than allowed");
          ({ is } = receiver.receive(message));
          const credit = receiver.creditDue();
          if (credit !== undefined && sender.credit(credit)) sender.flush();
        }
      };
      for (const [place, frame] of given.entries()) {
        sender.write(frame);
        if (place % flushEvery === 0) sender.flush();
        if (place % 3 === 0) deliver();
      }
      sender.end();
      sender.flush();
      deliver();
      assert.is(is, "ended");
      assert.equal(frames, given);
    }),
  );
});

test("sends no more than the window until credit comes", () => {
  const { underway, sender } = joined({ maxMessageBytes: 100, windowBytes: 300 });
  for (let count = 0; count < 20; count++) sender.write(new Uint8Array(91));
  sender.flush();
  assert.is(underway.length, 3);
  assert.ok(sender.isFull);
  assert.ok(sender.credit(100));
  sender.flush();
  assert.is(underway.length, 4);
  assert.not.ok(sender.credit(100), "the same again");
  assert.not.ok(sender.credit(1_000_000), "more than was sent");
});

test("notices a lost message", () => {
  const { underway, sender, receiver } = joined({ maxMessageBytes: 100, windowBytes: 300 });
  sender.heartbeat();
  sender.heartbeat();
  assert.is(receiver.receive(underway[1] as Uint8Array).is, "gap");
});

test("puts a Status after the frames, and voids half a frame when it is cut", () => {
  const failing = joined({ maxMessageBytes: 100, windowBytes: 300 });
  failing.sender.write(Uint8Array.of(1));
  failing.sender.end(Uint8Array.of(2));
  failing.sender.flush();
  assert.equal(
    failing.underway.map((message) => failing.receiver.receive(message)),
    [{ is: "open" }, { is: "failed", status: Uint8Array.of(2) }],
  );
  assert.equal(failing.frames, [Uint8Array.of(1)]);
  const cut = joined({ maxMessageBytes: 100, windowBytes: 100 });
  cut.sender.write(new Uint8Array(500));
  cut.sender.flush();
  cut.sender.cut(Uint8Array.of(3));
  cut.sender.write(Uint8Array.of(4));
  cut.sender.flush();
  cut.sender.heartbeat();
  assert.equal(cut.underway.map((message) => cut.receiver.receive(message)).at(-1), { is: "failed", status: Uint8Array.of(3) });
  assert.equal(cut.frames, []);
});
