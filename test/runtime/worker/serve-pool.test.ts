import * as assert from "uvu/assert";
import { InstancePool, PoolFull, type PoolOptions } from "#runtime/worker/serve-pool.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("runtime/worker/serve-pool");

const open = (rest: Partial<PoolOptions<number>> = {}) => {
  let made = 0;
  const closed: number[] = [];
  const pool = new InstancePool<number>({
    make: async () => ++made,
    close: (instance) => void closed.push(instance),
    most: 2,
    mostIdle: 1,
    mostWaiting: 2,
    ...rest,
  });
  return { pool, closed, made: () => made };
};

test("makes no more than it may, and lets the others wait in line", async () => {
  const { pool, made } = open();
  const taken = [await pool.take(), await pool.take()];
  const third = Promise.resolve(pool.take()).then((instance) => `third ${instance}`);
  const fourth = Promise.resolve(pool.take()).then((instance) => `fourth ${instance}`);
  await assertFull(pool);
  pool.give(taken[1] ?? 0);
  assert.is(await third, "third 2");
  pool.give(taken[0] ?? 0);
  assert.is(await fourth, "fourth 1");
  assert.is(made(), 2);
});
const assertFull = async (pool: InstancePool<number>): Promise<void> => {
  const error = await Promise.resolve(pool.take()).catch((thrown: unknown) => thrown);
  assert.instance(error, PoolFull);
};
test("makes another for one that is dropped, ahead of who needs it", async () => {
  const { pool, closed } = open();
  pool.drop(await pool.take());
  assert.equal(closed, [1]);
  await Promise.resolve();
  assert.is(pool.take(), 2, "it is there");
});
test("keeps few that nobody needs", async () => {
  const { pool, closed } = open();
  const taken = [await pool.take(), await pool.take()];
  for (const instance of taken) pool.give(instance);
  assert.equal(closed, [2]);
});
test("tells who waits that none can be made, and tries again for the next", async () => {
  let fails = true;
  const make = async (): Promise<number> => {
    if (fails) throw new Error("no room");
    return 7;
  };
  const { pool } = open({ make });
  const errors = await Promise.all([0, 1].map(() => Promise.resolve(pool.take()).catch((error: unknown) => (error as Error).message)));
  assert.equal(errors, ["no room", "no room"]);
  fails = false;
  assert.is(await pool.take(), 7);
});
test("closes what waits, and what comes back", async () => {
  const { pool, closed } = open();
  const taken = await pool.take();
  pool.give(await pool.take());
  pool.close();
  pool.give(taken);
  assert.equal(new Set(closed), new Set([1, 2]));
});
