import * as assert from "uvu/assert";
import { seededRandom } from "#lib/random.ts";
import { MemoryStore } from "#actors/store/memory.ts";
import { startApiServer } from "#test/support/api-server.ts";
import { settled } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/pipeline/create");
const maps = { verb: "create", of: "configmaps", namespace: "default" } as const;

test("a second object of a name is refused", async () => {
  const api = await startApiServer();
  await api.must({ ...maps, body: { metadata: { name: "web" } } });
  const { code, body } = await api.ask({ ...maps, body: { metadata: { name: "web" } } });
  assert.is(code, 409);
  assert.is(body.reason, "AlreadyExists");
  assert.is(body.message, 'configmaps "web" already exists');
  await api.close();
});

test("a generated name is the base and five letters, and is generated anew when it is taken", async () => {
  const api = await startApiServer();
  const { metadata } = await api.must({ ...maps, body: { metadata: { generateName: "web-" } } });
  assert.match(metadata.name, /^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  const random = seededRandom(1);
  const repeating = await startApiServer({ random: { bytes: (count) => random.bytes(count), next: () => 0 } });
  assert.is((await repeating.must({ ...maps, body: { metadata: { generateName: "web-" } } })).metadata.name, "web-bbbbb");
  const { code, body } = await repeating.ask({ ...maps, body: { metadata: { generateName: "web-" } } });
  assert.is(code, 409);
  assert.is(body.message, 'configmaps "web-bbbbb" already exists, the server was not able to generate a unique name for the object');
  await api.close();
  await repeating.close();
});

test("what only the server says is not taken from the client", async () => {
  const api = await startApiServer();
  const { metadata } = await api.must({
    ...maps,
    body: {
      metadata: {
        name: "web",
        uid: "mine",
        selfLink: "/x",
        creationTimestamp: "2001-01-01T00:00:00Z",
        deletionTimestamp: "2001-01-01T00:00:00Z",
        deletionGracePeriodSeconds: 3,
        generation: 7,
        managedFields: [{ manager: "me" }],
      },
    },
  });
  const { uid, resourceVersion, ...rest } = metadata;
  assert.not.equal(uid, "mine");
  assert.ok(Number(resourceVersion) > 0);
  assert.equal(rest, { name: "web", namespace: "default", creationTimestamp: "2026-01-01T00:00:00Z" });
  await api.close();
});

test("kinds that count generations begin with one", async () => {
  const api = await startApiServer();
  const spec = {
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "main", image: "web" }] } },
  };
  const created = await api.must({
    verb: "create",
    of: "deployments.apps",
    namespace: "default",
    body: { metadata: { name: "web" }, spec },
  });
  assert.is(created.metadata.generation, 1);
  await api.close();
});

test("requests that contradict themselves are refused in upstream's words", async () => {
  const api = await startApiServer();
  const message = async (body: unknown, more = {}): Promise<string | undefined> => (await api.ask({ ...maps, body, ...more })).body.message;
  assert.is(
    await message({ metadata: { name: "web", namespace: "other" } }),
    "the namespace of the provided object does not match the namespace sent on the request",
  );
  assert.is(
    await message({ metadata: { name: "web", resourceVersion: "1" } }),
    "resourceVersion should not be set on objects to be created",
  );
  assert.is(await message({ metadata: {} }), 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required');
  assert.is(
    await message({ apiVersion: "v2", kind: "ConfigMap", metadata: { name: "web" } }),
    'ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "v2" in scheme "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"',
  );
  assert.match(
    (await message({ apiVersion: "v1", kind: "Secret", metadata: { name: "web" } })) ?? "",
    /^Secret in version "v1" cannot be handled as a ConfigMap: converting \(v1.Secret\) to \(core.ConfigMap\): unknown conversion$/,
  );
  assert.is(
    (await api.ask({ verb: "create", of: "events", namespace: "default", body: { apiVersion: "events.k8s.io/v1", kind: "Event" } })).body
      .message,
    "the API version in the data (events.k8s.io/v1) does not match the expected API version (v1)",
  );
  await api.close();
});

test("a body that is too large, in a foreign type or no object is refused", async () => {
  const api = await startApiServer();
  const ask = async (body: unknown, type?: string) => {
    const answer = await api.ask({ ...maps, body, ...(type === undefined ? {} : { type }) });
    return [answer.code, answer.body.reason];
  };
  assert.equal(await ask({ metadata: { name: "web" }, data: { a: "x".repeat(3 * 1024 * 1024) } }), [413, "RequestEntityTooLarge"]);
  assert.equal(await ask({ metadata: { name: "web", annotations: { a: "x".repeat(2 * 1024 * 1024) } } }), [422, "Invalid"]);
  assert.equal(await ask("{}", "application/vnd.kubernetes.protobuf"), [415, "UnsupportedMediaType"]);
  assert.equal(await ask("[]"), [400, "BadRequest"]);
  assert.equal(await ask("{"), [400, "BadRequest"]);
  await api.close();
});

test("yaml is read as json is", async () => {
  const api = await startApiServer();
  const created = await api.must({ ...maps, body: "metadata:\n  name: web\ndata:\n  a: '1'\n", type: "application/yaml" });
  assert.is(created.metadata.name, "web");
  await api.close();
});

test("a dry run answers what would be, and stores nothing", async () => {
  const api = await startApiServer();
  const options = { dryRun: ["All"] };
  const answer = await api.ask({ ...maps, options, body: { metadata: { name: "web" } } });
  assert.is(answer.code, 201);
  assert.is(answer.body.metadata?.name, "web");
  assert.is(answer.body.metadata?.resourceVersion, undefined);
  assert.is((await api.ask({ ...maps, verb: "get", name: "web" })).code, 404);
  await api.must({ ...maps, body: { metadata: { name: "web" } } });
  assert.is((await api.ask({ ...maps, options, body: { metadata: { name: "web" } } })).code, 409);
  await api.close();
});

test("an option that could be misunderstood is refused", async () => {
  const api = await startApiServer();
  const body = { metadata: { name: "web" } };
  const dry = await api.ask({ ...maps, body, options: { dryRun: ["Some"] } });
  assert.equal(
    [dry.code, dry.body.message],
    [422, 'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"'],
  );
  const strict = await api.ask({ ...maps, body, options: { fieldValidation: "Very" as "Strict" } });
  assert.is(strict.code, 422);
  assert.is((await api.ask({ ...maps, verb: "get", name: "web" })).code, 404);
  await api.close();
});

test("strict validation refuses unknown fields, and without it the client is warned", async () => {
  const api = await startApiServer();
  const body = { metadata: { name: "web" }, date: { a: "1" } };
  const strict = await api.ask({ ...maps, body, options: { fieldValidation: "Strict" } });
  assert.is(strict.code, 400);
  assert.match(strict.body.message ?? "", /strict decoding error: unknown field "date"/);
  const warned = await api.ask({ ...maps, body });
  assert.equal(warned.raw.warnings, ['unknown field "date"']);
  assert.is("date" in warned.body, false);
  await api.close();
});

test("a write answers only when it can be read", async () => {
  const store = new MemoryStore();
  const api = await startApiServer({ store });
  for (let count = 0; count < 20; count++) {
    const name = `web-${count}`;
    const { metadata } = await api.must({ ...maps, body: { metadata: { name } } });
    const read = await api.must({ ...maps, verb: "get", name });
    assert.is(read.metadata.resourceVersion, metadata.resourceVersion);
  }
  await api.close();
});

test("a request whose client has gone ends", async () => {
  const api = await startApiServer();
  const gone = new AbortController();
  gone.abort(new Error("gone"));
  const { code } = await api.ask({ ...maps, body: { metadata: { name: "web" } } }, gone.signal);
  await settled();
  assert.is(code, 504);
  await api.close();
});

test("what is wrong with an object as a whole stands at no field", async () => {
  const api = await startApiServer();
  const body = { metadata: { name: "big" }, data: { a: "x".repeat(1024 * 1024 + 1) } };
  const { body: answer } = await api.ask({ of: "configmaps", namespace: "default", verb: "create", body });
  assert.is(answer.message, 'ConfigMap "big" is invalid: []: Too long: may not be more than 1048576 bytes');
  await api.close();
});
