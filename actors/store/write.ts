// One write, until it is known what became of it.
//
// W1 a write that is answered with a revision is in the stream, once. W2 RevisionConflict: it is certain that nothing was
// written. W3 StoreUnavailable: nobody can know; the caller looks at the object. A write without an answer is repeated under
// the same id, by which JetStream recognises it. Should JetStream have forgotten the id (it restarted, and somebody has since
// written over our message), the repetition conflicts, and then it is not known whose the message before was.
import { type Clock, sleep } from "#lib/clock.ts";
import { hasCode, type JetStream, JetStreamError, JS_CODES } from "#lib/nats/jetstream.ts";
import { NoAnswer } from "#lib/nats/requests.ts";
import { RevisionConflict, StoreUnavailable } from "#lib/store.ts";
import { HEADERS } from "./layout.ts";

/** Where and what to write. `expected` is the subject's last sequence; `creates`: a delete marker there is as good as nothing. */
export type Write = {
  readonly stream: string;
  readonly subject: string;
  readonly value: Uint8Array;
  readonly operation: "put" | "delete";
  readonly expected: number;
  readonly creates: boolean;
};

export type WritePorts = {
  readonly jetstream: JetStream;
  readonly clock: Clock;
  /** A new id for each write. */
  readonly nextId: () => string;
};

const REPEAT_MS = 200;
/** How long a write is repeated. Shorter than JetStream remembers ids. */
const GIVE_UP_MS = 20_000;

type Attempt = { readonly write: Write; readonly id: string; readonly giveUpAt: number; readonly seen: boolean };

/** Writes. The answer is the new revision. Throws: RevisionConflict, StoreUnavailable, the signal's reason. */
export const write = (ports: WritePorts, what: Write, signal?: AbortSignal): Promise<number> =>
  attempt(ports, { write: what, id: ports.nextId(), giveUpAt: ports.clock.now() + GIVE_UP_MS, seen: false }, signal);

const attempt = async (ports: WritePorts, { write: what, id, giveUpAt, seen }: Attempt, signal?: AbortSignal): Promise<number> => {
  try {
    return await publish(ports, what, id, signal);
  } catch (error) {
    if (hasCode(error, JS_CODES.wrongLastSequence, JS_CODES.wrongLastSequenceUnknown)) {
      return seen ? whoseIsIt(ports, what, id, signal) : conflicted(ports, what, signal);
    }
    if (error instanceof JetStreamError) throw new StoreUnavailable(error.message, { cause: error });
    if (!(error instanceof NoAnswer)) throw error;
    if (error.why === "closed" || ports.clock.now() >= giveUpAt) throw new StoreUnavailable(error.message, { cause: error });
    await sleep(ports.clock, REPEAT_MS, signal);
    return attempt(ports, { write: what, id, giveUpAt, seen: seen || error.seen }, signal);
  }
};

const publish = async ({ jetstream }: WritePorts, what: Write, id: string, signal?: AbortSignal): Promise<number> => {
  const headers = { [HEADERS.expected]: String(what.expected), [HEADERS.id]: id };
  const { seq } = await jetstream.publish(what.subject, what.value, {
    headers: what.operation === "delete" ? { ...headers, [HEADERS.operation]: "DEL" } : headers,
    signal,
  });
  return seq;
};

/** A repetition conflicts: with our own message, or with another's. */
const whoseIsIt = async ({ jetstream }: WritePorts, what: Write, id: string, signal?: AbortSignal): Promise<number> => {
  const last = await look(jetstream, what, signal);
  if (last?.headers[HEADERS.id] === id) return last.seq;
  throw new StoreUnavailable("the write was not answered, and another has followed");
};

/** Nothing was written. A creation whose expectation was wrong only about markers goes on with the right one. */
const conflicted = async (ports: WritePorts, what: Write, signal?: AbortSignal): Promise<number> => {
  const conflict = new RevisionConflict(`expected revision ${what.expected}`);
  if (!what.creates) throw conflict;
  const last = await look(ports.jetstream, what, signal);
  const isFree = last === undefined || last.headers[HEADERS.operation] !== undefined;
  const expected = last?.seq ?? 0;
  if (!isFree || expected === what.expected) throw conflict;
  return write(ports, { ...what, expected }, signal);
};

const look = async (jetstream: JetStream, { stream, subject }: Write, signal?: AbortSignal): ReturnType<JetStream["lastMessage"]> => {
  try {
    return await jetstream.lastMessage(stream, subject, signal);
  } catch (error) {
    if (error instanceof NoAnswer || error instanceof JetStreamError) throw new StoreUnavailable(error.message, { cause: error });
    throw error;
  }
};
