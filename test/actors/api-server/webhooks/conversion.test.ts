import * as assert from "uvu/assert";
import { startApiServer } from "#test/support/api-server.ts";
import { settled } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";
import { MemoryWebhooks } from "#test/support/webhooks.ts";
import { crds, definition, establish, tab, tabs, type Tab } from "../cron-tabs.ts";

const test = suite("api-server/webhooks/conversion");

type Review = { request: { uid: string; desiredAPIVersion: string; objects: Tab[] } };
const URL = "https://127.0.0.1:1/convert";

/** A webhook that keeps the image as `host/image` in v1 and as two fields in v2. */
const splitImage = ({ request: { uid, desiredAPIVersion, objects } }: Review) => ({
  response: {
    uid,
    result: { status: "Success" },
    convertedObjects: objects.map(({ spec, ...rest }) => {
      const { image = "", host, ...others } = spec as { image?: string; host?: string };
      const [first = "", second] = image.split("/");
      const isV2 = desiredAPIVersion.endsWith("/v2");
      const named = isV2 ? { host: first, image: second } : { image: `${host}/${image}` };
      return { ...rest, apiVersion: desiredAPIVersion, spec: { ...others, ...named } };
    }),
  },
});

const twoVersions = (storage = "v1") => {
  const draft = definition();
  const [v1] = draft.spec.versions;
  if (v1 === undefined) throw new Error("there is no version");
  const v2 = structuredClone(v1);
  Object.assign(v2.schema?.openAPIV3Schema?.properties?.["spec"]?.properties ?? {}, { host: { type: "string" } });
  v2.selectableFields = [{ jsonPath: ".spec.host" }];
  draft.spec.versions = [
    { ...v1, storage: storage === "v1" },
    { ...v2, name: "v2", storage: storage === "v2" },
  ];
  draft.spec.conversion = { strategy: "Webhook", webhook: { clientConfig: { url: URL }, conversionReviewVersions: ["v1"] } };
  return draft;
};

const converting = async () => {
  const webhooks = new MemoryWebhooks();
  webhooks.set(URL, splitImage);
  const api = await startApiServer({ webhooks });
  await api.must({ ...crds, verb: "create", body: twoVersions() });
  await establish(api);
  await api.must(tab("one", { image: "docker.io/a" }));
  return { api, webhooks, v2: { ...tabs, of: "crontabs.stable.example.com/v2" } };
};

test("a webhook converts what is read, listed and written in another version", async () => {
  const { api, v2 } = await converting();
  const seen = await api.must<Tab>({ ...v2, name: "one", verb: "get" });
  assert.equal([seen.apiVersion, seen.spec], ["stable.example.com/v2", { replicas: 1, host: "docker.io", image: "a" }]);
  await api.must({ ...v2, name: "one", verb: "patch", type: "application/merge-patch+json", body: { spec: { host: "ghcr.io" } } });
  assert.is((await api.must<Tab>({ ...tabs, name: "one", verb: "get" })).spec["image"], "ghcr.io/a");
  await api.must(tab("two", { image: "quay.io/b" }));
  const hosts = async (fieldSelector: string) =>
    (await api.must<{ items: Tab[] }>({ ...v2, verb: "list", options: { fieldSelector } })).items.map(({ spec }) => spec["host"]);
  assert.equal(await hosts("spec.host=quay.io"), ["quay.io"]);
  await api.close();
});

test("a list that is longer than what is remembered is converted, in reviews that are not too large", async () => {
  const { api, webhooks, v2 } = await converting();
  const sizes: number[] = [];
  webhooks.set(URL, (review: Review) => {
    sizes.push(review.request.objects.length);
    return splitImage(review);
  });
  const count = 2_100;
  for (let at = 1; at < count; at++) await api.must(tab(`n${at}`, { image: "docker.io/a" }));
  for (let times = 0; times < 2; times++) {
    assert.is((await api.must<{ items: Tab[] }>({ ...v2, verb: "list" })).items.length, count);
  }
  assert.ok(sizes.length > 1);
  assert.is(
    sizes.reduce((sum, size) => sum + size),
    count,
  );
  await api.close();
});

test("a watch in another version shows converted objects, in order", async () => {
  const { api, v2 } = await converting();
  const all = api.watch(v2);
  const some = api.watch({ ...v2, options: { fieldSelector: "spec.host=ghcr.io" } });
  const patch = (image: string) =>
    api.must({ ...tabs, name: "one", verb: "patch", type: "application/merge-patch+json", body: { spec: { image } } });
  await patch("ghcr.io/a");
  await patch("ghcr.io/b");
  await patch("docker.io/b");
  await settled();
  const story = (frames: typeof all) => frames.events.map(({ type, object }) => `${type} ${(object as Tab).spec["host"] as string}`);
  assert.equal(story(all), ["ADDED docker.io", "MODIFIED ghcr.io", "MODIFIED ghcr.io", "MODIFIED docker.io"]);
  assert.equal(story(some), ["ADDED ghcr.io", "MODIFIED ghcr.io", "DELETED docker.io"]);
  await api.close();
});

test("what was stored before the storage version moved is converted from what it was", async () => {
  const { api, v2 } = await converting();
  const name = "crontabs.stable.example.com";
  await api.must({
    ...crds,
    name,
    verb: "patch",
    type: "application/merge-patch+json",
    body: { spec: { versions: twoVersions("v2").spec.versions } },
  });
  await api.must(tab("two", { image: "quay.io/b" }));
  const { items } = await api.must<{ items: Tab[] }>({ ...v2, verb: "list" });
  assert.equal(
    items.map(({ spec }) => [spec["host"], spec["image"]]),
    [
      ["docker.io", "a"],
      ["quay.io", "b"],
    ],
  );
  assert.is((await api.must<Tab>({ ...tabs, name: "two", verb: "get" })).spec["image"], "quay.io/b");
  await api.close();
});

test("a webhook that fails, or changes what it may not, fails the request and nothing else", async () => {
  const { api, webhooks, v2 } = await converting();
  webhooks.set(URL, ({ request }: Review) => ({ response: { uid: request.uid, result: { status: "Failure", message: "not today" } } }));
  const { code, body } = await api.ask({ ...v2, name: "one", verb: "get" });
  assert.is(code, 500);
  assert.is(body.message, "conversion webhook for stable.example.com/v1, Kind=CronTab failed: not today");
  assert.is(body["reason"], undefined);
  webhooks.set(URL, (review: Review) => {
    const answer = splitImage(review);
    const convertedObjects = answer.response.convertedObjects.map((object) => ({
      ...object,
      metadata: { ...object.metadata, name: "other" },
    }));
    return { response: { ...answer.response, convertedObjects } };
  });
  const forged = await api.ask({ ...v2, name: "one", verb: "get" });
  assert.match(forged.body.message ?? "", /metadata\.name must not be changed/);
  assert.is((await api.ask({ ...tabs, name: "one", verb: "get" })).code, 200);
  await api.close();
});
