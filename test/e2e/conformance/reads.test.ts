// What conformance asks of lists and watches that go on over time, over HTTPS: chunks that outlive what the server remembers,
// lists at a revision, watches that begin with the state.
// upstream: test/e2e/apimachinery/{chunking,watch}.go, KEP-3157
import * as assert from "uvu/assert";
import type { V1Status } from "#api/generated/types.ts";
import { suite } from "#test/support/suite.ts";
import { MERGE, withWire, type Answer, type Any, type List, type Watched, type Wire } from "../support/wire.ts";

const test = suite("e2e/conformance/reads", 20_000);

const MAPS = "/api/v1/namespaces/default/configmaps";
const NAMES = ["a", "b", "c", "d", "e", "f"];

const create = (wire: Wire, name: string) => wire.must("POST", MAPS, { body: { metadata: { name, labels: { n: name } } } });
const touch = (wire: Wire, name: string, n: number) =>
  wire.must("PATCH", `${MAPS}/${name}`, { body: { data: { n: String(n) } }, type: MERGE });
const namesOf = ({ items }: List): readonly (string | undefined)[] => items.map(({ metadata }) => metadata.name);
const list = (wire: Wire, query: string): Promise<Answer<List & V1Status>> => wire.ask("GET", `${MAPS}?${query}`);

/** A server that remembers three changes, with six objects. */
const withShortMemory = (body: (wire: Wire) => Promise<void>): Promise<void> =>
  withWire(
    async (wire) => {
      for (const name of NAMES) await create(wire, name);
      await body(wire);
    },
    { config: { historyEvents: 3 } },
  );

test("a continue token that is too old is answered with one that goes on inconsistently", () =>
  withShortMemory(async (wire) => {
    const first = await wire.must<List>("GET", `${MAPS}?limit=2`);
    assert.equal(namesOf(first), ["a", "b"]);
    for (let n = 0; n < 4; n++) await touch(wire, "a", n);
    await create(wire, "bb");
    await wire.must("DELETE", `${MAPS}/d`);
    const old = await list(wire, `limit=2&continue=${first.metadata.continue}`);
    assert.is(old.code, 410);
    assert.is(old.body.reason, "Expired");
    assert.match(
      old.body.message ?? "",
      /^The provided continue parameter is too old to display a consistent list result\. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results\. Continuing with the provided token results in an inconsistent list - /,
    );
    const rest: (string | undefined)[] = [];
    const revisions = new Set<string | undefined>();
    for (let token = old.body.metadata.continue ?? ""; token !== "";) {
      const page = await wire.must<List>("GET", `${MAPS}?limit=2&continue=${encodeURIComponent(token)}`);
      rest.push(...namesOf(page));
      revisions.add(page.metadata.resourceVersion);
      token = page.metadata.continue ?? "";
    }
    assert.equal(rest, ["bb", "c", "e", "f"], "what is there now, from where the old list stood");
    assert.is(revisions.size, 1, "what follows is of one revision again");
  }));

test("a list is of the revision that is asked for, exactly or at least", () =>
  withShortMemory(async (wire) => {
    const { metadata } = await wire.must<List>("GET", MAPS);
    const [then, first] = [metadata.resourceVersion, (await wire.must("GET", `${MAPS}/a`)).metadata.resourceVersion];
    await create(wire, "g");
    const exact = await list(wire, `resourceVersion=${then}&resourceVersionMatch=Exact`);
    assert.equal([namesOf(exact.body), exact.body.metadata.resourceVersion], [NAMES, then]);
    const atLeast = await list(wire, `resourceVersion=${then}&resourceVersionMatch=NotOlderThan`);
    assert.equal(namesOf(atLeast.body), [...NAMES, "g"]);
    assert.equal(namesOf((await list(wire, "resourceVersion=0&resourceVersionMatch=NotOlderThan")).body), [...NAMES, "g"]);
    const forgotten = await list(wire, `resourceVersion=${first}&resourceVersionMatch=Exact`);
    assert.equal([forgotten.code, forgotten.body.reason], [410, "Expired"]);
    assert.match(forgotten.body.message ?? "", /^too old resource version: \d+ \(\d+\)$/);
  }));

for (const [query, why] of [
  ["resourceVersionMatch=Exact", "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"],
  [
    "resourceVersionMatch=Any&resourceVersion=1",
    'resourceVersionMatch: Unsupported value: "Any": supported values: "Exact", "NotOlderThan", ""',
  ],
  [
    "resourceVersionMatch=Exact&resourceVersion=0",
    'resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
  ],
  ["sendInitialEvents=true", "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list"],
] as const)
  test(`a list with ${query} is refused`, () =>
    withWire(async (wire) => {
      const { code, body } = await list(wire, query);
      assert.is(code, 422);
      assert.match(body.message ?? "", why);
    }));

/** The next events, bookmarks among them: `ADDED a`. */
const told = async (watched: Watched<Any>, count: number): Promise<readonly string[]> => {
  const events: string[] = [];
  while (events.length < count) {
    const { type, object } = await watched.next();
    const { name = "", annotations = {} } = object.metadata;
    events.push([type, name, ...Object.keys(annotations)].join(" "));
  }
  return events;
};

test("a watch begins with the state, whose end a bookmark marks, and goes on with the changes", () =>
  withShortMemory(async (wire) => {
    const { metadata } = await wire.must<List>("GET", MAPS);
    const STATE = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    const queries = [STATE, `${STATE}&resourceVersion=${metadata.resourceVersion}`, `${STATE}&resourceVersion=0`];
    for (const [round, query] of queries.entries()) {
      const watched = await wire.watch(`${MAPS}?${query}&labelSelector=n+in+(a,b)`);
      assert.equal(await told(watched, 3), ["ADDED a", "ADDED b", "BOOKMARK  k8s.io/initial-events-end"]);
      await touch(wire, "b", round);
      assert.equal(await told(watched, 1), ["MODIFIED b"]);
      watched.stop();
    }
  }));

test("a bookmark is where a watch goes on that saw nothing", () =>
  withWire(
    async (wire) => {
      await create(wire, "a");
      const quiet = await wire.watch(`${MAPS}?allowWatchBookmarks=true&labelSelector=n=none`);
      for (let n = 0; n < 5; n++) await touch(wire, "a", n);
      const { metadata } = await wire.must<List>("GET", MAPS);
      let mark: string | undefined;
      while (Number(mark ?? 0) < Number(metadata.resourceVersion)) mark = (await quiet.next()).object.metadata.resourceVersion;
      quiet.stop();
      const resumed = await wire.watch(`${MAPS}?resourceVersion=${mark}`);
      await touch(wire, "a", 9);
      assert.is((await resumed.next()).object.metadata.name, "a");
      resumed.stop();
    },
    { config: { historyEvents: 3, bookmarkMs: 50 } },
  ));

for (const [query, why] of [
  ["sendInitialEvents=true", "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"],
  [
    "resourceVersionMatch=NotOlderThan",
    "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
  ],
] as const)
  test(`a watch with ${query} is refused`, () =>
    withWire(async (wire) => {
      const { code, body } = await list(wire, `watch=true&${query}`);
      assert.is(code, 422);
      assert.match(body.message ?? "", why);
    }));

test("a watch from a revision that is forgotten ends with why", () =>
  withShortMemory(async (wire) => {
    const first = (await wire.must("GET", `${MAPS}/a`)).metadata.resourceVersion;
    const watched = await wire.watch(`${MAPS}?resourceVersion=${first}`);
    const { type, object } = await watched.next();
    assert.is(type, "ERROR");
    assert.equal([object["code"], object["reason"]], [410, "Expired"]);
    watched.stop();
  }));
