// Every verb of every resource in discovery is answered: what is there by doing it, what is not there by naming it, and never
// by a path that nothing serves or a method that is not allowed. upstream: test/e2e/apimachinery/discovery.go and etcd's storage tests
import * as assert from "uvu/assert";
import type { V1APIGroupList, V1APIResource, V1APIResourceList, V1Status } from "#api/generated/types.ts";
import { suite } from "#test/support/suite.ts";
import { MERGE, withWire, type Answer, type Wire } from "../support/wire.ts";

const test = suite("e2e/conformance/verbs", 20_000);

const NOTHING = "nothing-of-this-name";

type Listed = { readonly root: string; readonly resource: V1APIResource };

const listed = async (wire: Wire): Promise<readonly Listed[]> => {
  const { groups } = await wire.must<V1APIGroupList>("GET", "/apis");
  const roots = ["/api/v1", ...groups.flatMap(({ versions }) => versions.map(({ groupVersion }) => `/apis/${groupVersion}`))];
  const found = await Promise.all(
    roots.map(async (root) =>
      (await wire.must<V1APIResourceList>("GET", root)).resources.map((resource): Listed => Object.freeze({ root, resource })),
    ),
  );
  return found.flat();
};

/** The group and version of what the resource's bodies are. */
const bodyVersion = ({ root, resource: { group, version } }: Listed): string => {
  if (version === undefined) return root.replace(/^\/apis?\//, "");
  return group === undefined || group === "" ? version : `${group}/${version}`;
};

/** Where to ask, and what a body would be. `object` is one that is not there, or its subresource. */
type Target = { readonly collection: string; readonly object: string; readonly body: object };

const targetOf = (one: Listed): Target => {
  const { root, resource } = one;
  const [plural = "", subresource] = resource.name.split("/");
  const collection = `${root}${resource.namespaced ? "/namespaces/default" : ""}/${plural}`;
  const object = `${collection}/${NOTHING}${subresource === undefined ? "" : `/${subresource}`}`;
  const body = { kind: resource.kind, apiVersion: bodyVersion(one), metadata: { name: NOTHING } };
  return { collection: subresource === undefined ? collection : object, object, body };
};

type Ask = (wire: Wire, target: Target) => Promise<Answer<V1Status>>;

const ASKS: { readonly [verb: string]: Ask | undefined } = {
  list: (wire, { collection }) => wire.ask("GET", collection),
  watch: async (wire, { collection }) => {
    (await wire.watch(collection)).stop(); // throws unless the answer is 200
    return { code: 200, headers: {}, body: {} };
  },
  create: (wire, { collection, body }) => wire.ask("POST", `${collection}?dryRun=All`, { body }),
  deletecollection: (wire, { collection }) => wire.ask("DELETE", `${collection}?dryRun=All`),
  get: (wire, { object }) => wire.ask("GET", object),
  update: (wire, { object, body }) => wire.ask("PUT", `${object}?dryRun=All`, { body }),
  patch: (wire, { object }) => wire.ask("PATCH", object, { body: {}, type: MERGE }),
  delete: (wire, { object }) => wire.ask("DELETE", object),
};

const askFor = (wire: Wire, verb: string, one: Listed): Promise<Answer<V1Status>> => {
  const ask = ASKS[verb];
  if (ask === undefined) throw new Error(`an unknown verb: ${verb}`);
  return ask(wire, targetOf(one));
};

/** What is said of an object that is not there: which it is. */
const namesIt = ({ code, body: { reason, details } }: Answer<V1Status>): boolean =>
  code === 404 && reason === "NotFound" && details?.name === NOTHING && details.kind !== undefined;

const DONE = [200, 201, 400, 422];

test("each listed verb of each listed resource is answered", () =>
  withWire(async (wire) => {
    const all = await listed(wire);
    assert.ok(all.length > 100);
    assert.ok(all.some(({ root }) => root === "/apis/apiregistration.k8s.io/v1"));
    const asked = all.flatMap((one) => one.resource.verbs.map((verb) => ({ one, verb })));
    const unanswered = await Promise.all(
      asked.map(async ({ one, verb }) => {
        const answer = await askFor(wire, verb, one);
        const isAnswered = DONE.includes(answer.code) || namesIt(answer);
        return isAnswered ? [] : [`${verb} ${one.root}/${one.resource.name}: ${answer.code} ${JSON.stringify(answer.body)}`];
      }),
    );
    assert.equal(unanswered.flat(), []);
  }));

test("what is not there cannot be got, changed or deleted", () =>
  withWire(async (wire) => {
    const all = await listed(wire);
    const asked = all
      .filter(({ resource: { name, verbs } }) => !name.includes("/") && verbs.includes("get"))
      .flatMap((one) => ["get", "patch", "delete"].filter((verb) => one.resource.verbs.includes(verb)).map((verb) => ({ one, verb })));
    const found = await Promise.all(
      asked.map(async ({ one, verb }) => (namesIt(await askFor(wire, verb, one)) ? [] : [`${verb} ${one.root}/${one.resource.name}`])),
    );
    assert.equal(found.flat(), []);
  }));
