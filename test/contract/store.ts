// What every Store must do. Each test opens a store of its own.
import * as assert from "uvu/assert";
import { type Bucket, type Change, type Follower, RevisionConflict, type Store, type StoreKey } from "#lib/store.ts";
import { suite } from "#test/support/suite.ts";

/** An empty store, and how to be rid of it. */
export type OpenStore = AsyncDisposable & { readonly store: Store };

export const keyOf = (name: string, rest: Partial<StoreKey> = {}): StoreKey => ({
  group: "",
  resource: "configmaps",
  namespace: "default",
  name,
  ...rest,
});
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (value: Uint8Array): string => new TextDecoder().decode(value);

/** A follower that keeps what it is given. */
export class Seen implements Follower {
  readonly all: Change[] = [];
  readonly caughtUpAt: number[] = [];
  error: Error | undefined;
  readonly #waiting = new Set<() => void>();

  changes(batch: readonly Change[]): void {
    assert.ok(batch.length > 0, "a batch has changes");
    this.all.push(...batch);
    this.#tell();
  }
  caughtUp(revision: number): void {
    this.caughtUpAt.push(revision);
    this.#tell();
  }
  ended(error: Error): void {
    this.error = error;
    this.#tell();
  }

  /** What each change was, as `put name value`. */
  get lines(): string[] {
    return this.all.map(({ type, key, value }) => `${type} ${key.name} ${text(value)}`);
  }

  /** Waits until `reached` holds of what has been given. */
  async until(reached: (seen: Seen) => boolean): Promise<void> {
    while (!reached(this)) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  #tell(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}

/** Follows until the test ends it. */
export const follow = (store: Store, bucket: Bucket = "objects"): { readonly seen: Seen; readonly stop: () => void } => {
  const seen = new Seen();
  const stop = new AbortController();
  store.follow(bucket, seen, stop.signal);
  return { seen, stop: () => stop.abort() };
};

/** Everything that the bucket holds now. */
export const contentOf = async (store: Store, bucket: Bucket = "objects"): Promise<Seen> => {
  const { seen, stop } = follow(store, bucket);
  await seen.until(({ caughtUpAt }) => caughtUpAt.length > 0);
  stop();
  return seen;
};

/** True when `write` was refused for its expectation. */
const conflicts = (write: Promise<number>): Promise<boolean> =>
  write.then(
    () => false,
    (error: unknown) => {
      if (error instanceof RevisionConflict) return true;
      throw error;
    },
  );

/** Runs the suite on what `open` opens. */
export const storeContract = (name: string, open: () => Promise<OpenStore>): void => {
  const test = suite(`store contract: ${name}`);
  const [a, b] = [keyOf("a"), keyOf("b")];

  test("gives each write a higher revision", async () => {
    await using opened = await open();
    const { store } = opened;
    const first = await store.put("objects", a, bytes("1"), 0);
    const second = await store.put("objects", b, bytes("1"), 0);
    const third = await store.put("objects", a, bytes("2"), first);
    assert.ok(0 < first && first < second && second < third);
    assert.is(await store.revision("objects"), third);
    assert.is(await store.revision("leases"), 0);
  });

  test("writes nothing when the expected revision is wrong", async () => {
    await using opened = await open();
    const { store } = opened;
    const first = await store.put("objects", a, bytes("1"), 0);
    const second = await store.put("objects", a, bytes("2"), first);
    assert.ok(await conflicts(store.put("objects", a, bytes("no"), 0)), "creating what is there");
    assert.ok(await conflicts(store.put("objects", a, bytes("no"), first)), "replacing an old revision");
    assert.ok(await conflicts(store.delete("objects", a, bytes("no"), first)), "deleting an old revision");
    assert.ok(await conflicts(store.put("objects", b, bytes("no"), second)), "replacing what is not there");
    assert.is(await store.revision("objects"), second);
    assert.equal((await contentOf(store)).lines, ["put a 2"]);
  });

  test("leaves one marker with the last object of a deleted key", async () => {
    await using opened = await open();
    const { store } = opened;
    const { seen, stop } = follow(store);
    const created = await store.put("objects", a, bytes("1"), 0);
    await seen.until(({ all }) => all.length === 1);
    const deleted = await store.delete("objects", a, bytes("last"), created);
    await seen.until(({ all }) => all.length === 2);
    assert.equal(seen.all[1], { type: "delete", key: a, value: bytes("last"), revision: deleted });
    assert.equal((await contentOf(store)).lines, ["delete a last"]);
    stop();
  });

  test("creates again what was deleted", async () => {
    await using opened = await open();
    const { store } = opened;
    for (let round = 0; round < 3; round++) {
      const created = await store.put("objects", a, bytes(`${round}`), 0);
      assert.ok(await conflicts(store.put("objects", a, bytes("no"), 0)));
      await store.delete("objects", a, bytes(`${round}`), created);
    }
    const last = await store.put("objects", a, bytes("3"), 0);
    assert.ok(await conflicts(store.delete("objects", a, bytes("no"), last - 1)));
    assert.equal((await contentOf(store)).lines, ["put a 3"]);
  });

  test("gives a follower what stands there, says so once, and then every change in order", async () => {
    await using opened = await open();
    const { store } = opened;
    const first = await store.put("objects", a, bytes("1"), 0);
    await store.put("objects", a, bytes("2"), first);
    const standing = await store.put("objects", b, bytes("1"), 0);
    const { seen, stop } = follow(store);
    await seen.until(({ caughtUpAt }) => caughtUpAt.length > 0);
    assert.equal(seen.lines, ["put a 2", "put b 1"]);
    assert.equal(seen.caughtUpAt, [standing]);
    const changed = await store.put("objects", b, bytes("2"), standing);
    await seen.until(({ all }) => all.length === 3);
    await store.delete("objects", b, bytes("3"), changed);
    await store.put("objects", keyOf("c"), bytes("1"), 0);
    await seen.until(({ all }) => all.length === 5);
    assert.equal(seen.lines.slice(2), ["put b 2", "delete b 3", "put c 1"]);
    assert.equal(
      seen.all.map(({ revision }) => revision),
      seen.all.map(({ revision }) => revision).toSorted((x, y) => x - y),
    );
    assert.is(seen.caughtUpAt.length, 1);
    stop();
  });

  test("says once that an empty bucket has been given", async () => {
    await using opened = await open();
    const { store } = opened;
    const { seen, stop } = follow(store);
    await seen.until(({ caughtUpAt }) => caughtUpAt.length > 0);
    await store.put("objects", a, bytes("1"), 0);
    await seen.until(({ all }) => all.length === 1);
    assert.equal(seen.caughtUpAt, [0]);
    stop();
  });

  test("gives every follower the same, and nothing to one that has gone", async () => {
    await using opened = await open();
    const { store } = opened;
    const [stays, goes] = [follow(store), follow(store)];
    await store.put("objects", a, bytes("1"), 0);
    await Promise.all([stays, goes].map(({ seen }) => seen.until(({ all }) => all.length === 1)));
    goes.stop();
    await store.put("objects", b, bytes("1"), 0);
    await stays.seen.until(({ all }) => all.length === 2);
    assert.equal(goes.seen.all, stays.seen.all.slice(0, 1));
    stays.stop();
  });

  test("drops the markers up to a revision and nothing else", async () => {
    await using opened = await open();
    const { store } = opened;
    const { seen, stop } = follow(store);
    const first = await store.put("objects", a, bytes("1"), 0);
    const other = await store.put("objects", b, bytes("1"), 0);
    await seen.until(({ all }) => all.length === 2); // who writes over a change that was not followed yet may hide it
    const dropped = await store.delete("objects", a, bytes("1"), first);
    await store.delete("objects", b, bytes("1"), other);
    await store.put("objects", keyOf("c"), bytes("1"), 0);
    await seen.until(({ all }) => all.length === 5);
    await store.compact("objects", dropped);
    assert.equal((await contentOf(store)).lines, ["delete b 1", "put c 1"]);
    await store.put("objects", a, bytes("2"), 0);
    await seen.until(({ all }) => all.length === 6);
    assert.is(seen.error, undefined);
    assert.equal((await contentOf(store)).lines, ["delete b 1", "put c 1", "put a 2"]);
    stop();
  });

  test("drops markers that nobody here has followed", async () => {
    await using opened = await open();
    const { store } = opened;
    const deleted = await store.delete("objects", a, bytes("1"), await store.put("objects", a, bytes("1"), 0));
    await store.compact("objects", deleted);
    await store.compact("objects", deleted);
    assert.equal((await contentOf(store)).lines, []);
    assert.ok((await store.revision("objects")) >= deleted, "revisions do not go backwards");
  });

  test("keeps keys apart whatever characters they have", async () => {
    await using opened = await open();
    const { store } = opened;
    const keys = [
      keyOf("a.b"),
      keyOf("a", { namespace: "b" }),
      keyOf("a:b"),
      keyOf("a*b>c d"),
      keyOf("b", { namespace: "default.a" }),
      keyOf("system:node", { group: "rbac.authorization.k8s.io", resource: "clusterroles", namespace: "" }),
      keyOf("system:node", { group: "rbac.authorization.k8s.io", resource: "clusterroles", namespace: "_" }),
    ];
    for (const [place, key] of keys.entries()) await store.put("objects", key, bytes(`${place}`), 0);
    const { all } = await contentOf(store);
    assert.equal(
      all.map(({ key }) => key),
      keys,
    );
  });

  test("keeps an object of one and a half mebibytes", async () => {
    await using opened = await open();
    const { store } = opened;
    const big = Uint8Array.from({ length: 1536 * 1024 }, (_, place) => place % 251);
    await store.put("objects", a, big, 0);
    const { all } = await contentOf(store);
    assert.ok(Buffer.from(all[0]?.value ?? []).equals(big));
  });

  test("keeps an object of no bytes", async () => {
    await using opened = await open();
    const { store } = opened;
    const created = await store.put("objects", a, new Uint8Array(), 0);
    await store.delete("objects", a, new Uint8Array(), created);
    assert.equal((await contentOf(store)).lines, ["delete a "]);
  });

  test("keeps buckets apart", async () => {
    await using opened = await open();
    const { store } = opened;
    await store.put("objects", a, bytes("object"), 0);
    await store.put("leases", a, bytes("lease"), 0);
    await store.put("events", a, bytes("event"), 0);
    assert.equal((await contentOf(store, "objects")).lines, ["put a object"]);
    assert.equal((await contentOf(store, "leases")).lines, ["put a lease"]);
    assert.equal((await contentOf(store, "events")).lines, ["put a event"]);
  });

  test("lets one of many writers win", async () => {
    await using opened = await open();
    const { store } = opened;
    const writers = Array.from({ length: 32 }, (_, writer) => conflicts(store.put("objects", a, bytes(`${writer}`), 0)));
    const lost = await Promise.all(writers);
    assert.is(lost.filter((isLost) => !isLost).length, 1);
    assert.equal((await contentOf(store)).lines, [`put a ${lost.indexOf(false)}`]);
  });

  test("loses no increment of writers who read what they follow", async () => {
    await using opened = await open();
    const { store } = opened;
    const { seen, stop } = follow(store);
    await store.put("objects", a, bytes("0"), 0);
    const increment = async (): Promise<void> => {
      await seen.until(({ all }) => all.length > 0);
      const newest = seen.all.at(-1) as Change;
      const lost = await conflicts(store.put("objects", a, bytes(`${Number(text(newest.value)) + 1}`), newest.revision));
      await seen.until(({ all }) => (all.at(-1)?.revision ?? 0) > newest.revision);
      if (lost) await increment();
    };
    await Promise.all(Array.from({ length: 16 }, increment));
    assert.equal(
      seen.lines,
      Array.from({ length: 17 }, (_, value) => `put a ${value}`),
    );
    stop();
  });

  test("does not begin a write whose signal is aborted", async () => {
    await using opened = await open();
    const { store } = opened;
    const gone = new Error("gone");
    const refused = await store.put("objects", a, bytes("1"), 0, AbortSignal.abort(gone)).catch((error: unknown) => error);
    assert.is(refused, gone);
    assert.is(await store.revision("objects"), 0);
  });
};
