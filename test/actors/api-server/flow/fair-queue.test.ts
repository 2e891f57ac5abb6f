import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { FairQueue } from "#actors/api-server/flow/fair-queue.ts";
import { handOf } from "#actors/api-server/flow/shuffle.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("flow/fair-queue");

type Job = { readonly seats: number; readonly flow: string; readonly number: number };

/** Serves what waits, `limit` at a time, each for `tookMs`; gives the jobs in the order in which they began. */
const serveAll = (queue: FairQueue<Job>, { limit, from, tookMs }: { limit: number; from: number; tookMs: (job: Job) => number }): Job[] => {
  const begun: Job[] = [];
  const running: { job: Job; endsAt: number }[] = [];
  let now = from;
  for (;;) {
    while (running.length < limit) {
      const job = queue.take();
      if (job === undefined) break;
      begun.push(job);
      running.push({ job, endsAt: now + tookMs(job) });
    }
    const [first] = running.toSorted((a, b) => a.endsAt - b.endsAt);
    if (first === undefined) return begun;
    now = first.endsAt;
    running.splice(running.indexOf(first), 1);
    queue.finish(first.job, tookMs(first.job));
  }
};

const flows = fc.array(fc.constantFrom("a", "b", "c", "d"), { minLength: 1, maxLength: 60 });
const jobsOf = (names: readonly string[]): Job[] => names.map((flow, number) => ({ flow, number, seats: 1 }));

test("Q3: what is taken in comes out once, and what is not taken in never", () => {
  fc.assert(
    fc.property(flows, fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 20 }), (names, limit, queueLengthLimit) => {
      const queue = new FairQueue<Job>({ queues: 4, handSize: 2, queueLengthLimit });
      const taken = jobsOf(names).filter((job) => queue.offer(job, job.flow));
      const served = serveAll(queue, { limit, from: 0, tookMs: ({ number }) => 1 + (number % 7) });
      assert.equal(
        served.map(({ number }) => number).toSorted((a, b) => a - b),
        taken.map(({ number }) => number),
      );
      assert.ok(queue.isEmpty);
    }),
  );
});

test("Q2: requests of one queue keep their order", () => {
  fc.assert(
    fc.property(flows, fc.integer({ min: 1, max: 8 }), (names, limit) => {
      const queue = new FairQueue<Job>({ queues: 8, handSize: 1, queueLengthLimit: 100 });
      for (const job of jobsOf(names)) queue.offer(job, job.flow);
      const served = serveAll(queue, { limit, from: 0, tookMs: () => 5 });
      for (const flow of names) {
        const numbers = served.filter((job) => job.flow === flow).map(({ number }) => number);
        assert.equal(
          numbers,
          numbers.toSorted((a, b) => a - b),
        );
      }
    }),
  );
});

/** Two flows whose hands have no queue in common. */
const APART = ["noisy", "quiet"] as const;
const queuing = { queues: 64, handSize: 4, queueLengthLimit: 1_000 };

test("Q1: one noisy flow does not starve another: each of its queues gets its share, no more", () => {
  const [noisy, quiet] = APART;
  assert.equal(
    handOf(noisy, 64, 4).filter((card) => handOf(quiet, 64, 4).includes(card)),
    [],
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 50, max: 800 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 30 }),
      (many, few, tookMs) => {
        const queue = new FairQueue<Job>(queuing);
        const names = [...Array.from({ length: many }, () => noisy), ...Array.from({ length: few }, () => quiet)];
        for (const job of jobsOf(names)) queue.offer(job, job.flow);
        const served = serveAll(queue, { limit: 1, from: 0, tookMs: () => tookMs });
        const last = served.findLastIndex(({ flow }) => flow === quiet);
        // The quiet flow has at most four queues of eight, at least one of five: it is done after five rounds of its requests.
        assert.ok(last < 5 * few + 5, `the last of ${few} quiet requests began as number ${last} of ${many + few}`);
      },
    ),
  );
});

test("Q1: of two busy queues each gets the same time, however long its requests take", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), (slowMs, fastMs) => {
      const queue = new FairQueue<Job>({ queues: 64, handSize: 1, queueLengthLimit: 10_000 });
      const names = Array.from({ length: 400 }, (_, at) => APART[at % 2] ?? "");
      for (const job of jobsOf(names)) queue.offer(job, job.flow);
      const tookMs = ({ flow }: Job): number => (flow === "noisy" ? slowMs : fastMs);
      const served = serveAll(queue, { limit: 1, from: 0, tookMs });
      const got = { noisy: 0, quiet: 0 };
      for (const job of served) {
        got[job.flow as keyof typeof got] += tookMs(job);
        const left = served.slice(served.indexOf(job));
        if (!left.some(({ flow }) => flow === "noisy") || !left.some(({ flow }) => flow === "quiet")) break;
        assert.ok(Math.abs(got.noisy - got.quiet) <= slowMs + fastMs + 6, `${got.noisy} ms and ${got.quiet} ms`);
      }
    }),
    { numRuns: 30 },
  );
});

test("Q1: who comes late is not behind those who have had much, nor before them for long", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 30 }),
      (before, limit, tookMs) => {
        const queue = new FairQueue<Job>({ queues: 64, handSize: 1, queueLengthLimit: 10_000 });
        const [early, late] = APART;
        for (let number = 0; number < 1_000; number++) queue.offer({ flow: early, number, seats: 1 }, early);
        const running: Job[] = [];
        const next = (): Job | undefined => {
          const ended = running.length >= limit ? running.shift() : undefined;
          if (ended !== undefined) queue.finish(ended, tookMs);
          const job = queue.take();
          if (job !== undefined) running.push(job);
          return job;
        };
        for (let served = 0; served < before; served++) next();
        for (let number = 0; number < 200; number++) queue.offer({ flow: late, number, seats: 1 }, late);
        const begun = Array.from({ length: 200 }, () => next()?.flow);
        const share = begun.filter((flow) => flow === late).length;
        assert.ok(begun.slice(0, 2 + limit * 2).includes(late), "the late one is heard soon");
        assert.ok(share >= 80 - limit * 2 && share <= 120 + limit * 2, `the late one got ${share} of 200`);
      },
    ),
  );
});

test("what is dropped does not run, and makes room", () => {
  const queue = new FairQueue<Job>({ queues: 1, handSize: 1, queueLengthLimit: 2 });
  const [first, second, third] = jobsOf(["a", "a", "a"]) as [Job, Job, Job];
  assert.ok(queue.offer(first, "a") && queue.offer(second, "a"));
  assert.not(queue.offer(third, "a"));
  queue.drop(first);
  assert.ok(queue.offer(third, "a"));
  assert.equal([queue.take()?.number, queue.take()?.number, queue.take()], [1, 2, undefined]);
});

test("a hand is different queues, the same each time", () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 128 }), (flow, queues) => {
      const size = Math.min(queues, 6);
      const hand = handOf(flow, queues, size);
      assert.is(new Set(hand).size, size);
      assert.ok(hand.every((card) => card >= 0 && card < queues));
      assert.equal(handOf(flow, queues, size), hand);
    }),
  );
});
