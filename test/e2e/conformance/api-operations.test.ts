// Every kind that is stored, over HTTPS: found by discovery, created, read, listed in one and in all namespaces, watched,
// patched, updated, its status too, deleted and deleted as a collection. Conformance asks it of most kinds by name.
import * as assert from "uvu/assert";
import type { V1APIResourceList } from "#api/generated/types.ts";
import { apiVersionOf } from "#api/meta/resource.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { kinds } from "#api/resources.ts";
import { examplesOf } from "#test/support/examples.ts";
import { suite } from "#test/support/suite.ts";
import { APPLY, MERGE, withWire, type Any, type List, type Wire } from "../support/wire.ts";

const test = suite("e2e/conformance/api-operations", 20_000);

const LABEL = "conformance=walk";
const labels = { conformance: "walk" };
const rootOf = ({ group, version }: Kind): string => (group === "" ? `/api/${version}` : `/apis/${group}/${version}`);
const everywhere = (kind: Kind): string => `${rootOf(kind)}/${kind.resource}`;
const collectionOf = (kind: Kind): string => (kind.namespaced ? `${rootOf(kind)}/namespaces/default/${kind.resource}` : everywhere(kind));

/** What the example lacks to be posted. */
const exampleOf = (kind: Kind): Any => {
  const minimal = (examplesOf(kind)?.minimal ?? {}) as unknown as Any;
  const metadata = { ...minimal.metadata, labels: { ...minimal.metadata.labels, ...labels } };
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, ...minimal, metadata };
};

const discovered = async (wire: Wire, kind: Kind): Promise<void> => {
  const { resources } = await wire.must<V1APIResourceList>("GET", rootOf(kind));
  const found = resources.find(({ name }) => name === kind.resource);
  assert.equal(found?.verbs?.toSorted(), [...kind.verbs].toSorted());
  assert.is(found?.kind, kind.kind);
  assert.is(found?.namespaced, kind.namespaced);
  assert.is(
    resources.some(({ name }) => name === `${kind.resource}/status`),
    kind.status,
  );
};

const read = async (wire: Wire, kind: Kind, { metadata }: Any): Promise<void> => {
  const got = await wire.must("GET", `${collectionOf(kind)}/${metadata.name}`);
  assert.is(got.metadata.uid, metadata.uid);
  for (const where of [collectionOf(kind), everywhere(kind)]) {
    const { items } = await wire.must<List>("GET", `${where}?labelSelector=${LABEL}`);
    assert.equal(
      items.map((item) => item.metadata.uid),
      [metadata.uid],
      where,
    );
  }
};

/** A merge patch, a server-side apply and an update. */
const change = async (wire: Wire, path: string, { apiVersion, kind, metadata }: Any): Promise<void> => {
  const annotated = (note: string): object => ({ metadata: { annotations: { note } } });
  const patched = await wire.must("PATCH", path, { body: annotated("patched"), type: MERGE });
  assert.is(patched.metadata.annotations?.["note"], "patched");
  const config = { apiVersion, kind, metadata: { name: metadata.name, labels: { applied: "yes" } } };
  const applied = await wire.must("PATCH", `${path}?fieldManager=conformance`, { body: config, type: APPLY });
  assert.is(applied.metadata.labels?.["applied"], "yes");
  const annotations = { ...applied.metadata.annotations, note: "updated" };
  const updated = await wire.must("PUT", path, { body: { ...applied, metadata: { ...applied.metadata, annotations } } });
  assert.is(updated.metadata.annotations?.["note"], "updated");
  const stale = await wire.ask("PUT", path, { body: patched });
  assert.is(stale.code, 409, "an update of a revision that has passed");
};

/** The status is read, patched and updated by itself. */
const changeStatus = async (wire: Wire, path: string): Promise<void> => {
  const before = await wire.must("GET", `${path}/status`);
  const patched = await wire.must("PATCH", `${path}/status`, { body: { metadata: { annotations: { status: "patched" } } }, type: MERGE });
  assert.is(patched.metadata.generation, before.metadata.generation);
  await wire.must("PUT", `${path}/status`, { body: patched });
};

/** A namespace is there until its contents are gone, and what a finalizer holds until it lets go. */
const letGo = async (wire: Wire, kind: Kind, path: string): Promise<void> => {
  if (kind.resource === "namespaces") {
    const body = { apiVersion: "v1", kind: "Namespace", ...(await wire.must("GET", path)), spec: { finalizers: [] } };
    await wire.must("PUT", `${path}/finalize`, { body });
  }
  const held = await wire.ask("GET", path);
  if (held.code === 200) await wire.must("PATCH", path, { body: { metadata: { finalizers: null } }, type: MERGE });
};

const walk = async (wire: Wire, kind: Kind): Promise<void> => {
  await discovered(wire, kind);
  const watched = await wire.watch(`${collectionOf(kind)}?labelSelector=${LABEL}`);
  const created = await wire.must("POST", collectionOf(kind), { body: exampleOf(kind) });
  const path = `${collectionOf(kind)}/${created.metadata.name}`;
  await read(wire, kind, created);
  await change(wire, path, { ...created, apiVersion: apiVersionOf(kind), kind: kind.kind });
  if (kind.status) await changeStatus(wire, path);
  await wire.must("DELETE", path, { body: { gracePeriodSeconds: 0 } });
  await letGo(wire, kind, path);
  assert.is((await wire.ask("GET", path)).code, 404);
  for (let type = ""; type !== "DELETED";) {
    const [told] = await watched.take(1);
    assert.is(told?.object.metadata.uid, created.metadata.uid);
    assert.is(told?.type === "ADDED", type === "", "first it is added, then it changes");
    type = told?.type ?? "";
  }
  watched.stop();
  if (!kind.verbs.includes("deletecollection")) return;
  await wire.must("POST", collectionOf(kind), { body: exampleOf(kind) });
  await wire.must("DELETE", `${collectionOf(kind)}?labelSelector=${LABEL}&gracePeriodSeconds=0`);
  await letGo(wire, kind, path);
  assert.equal((await wire.must<List>("GET", `${everywhere(kind)}?labelSelector=${LABEL}`)).items, []);
};

for (const kind of kinds.filter(({ verbs }) =>
  storedVerbs.filter((verb) => verb !== "deletecollection").every((verb) => verbs.includes(verb)),
))
  test(`${kind.kind} of ${apiVersionOf(kind)}`, () => withWire((wire) => walk(wire, kind)));
