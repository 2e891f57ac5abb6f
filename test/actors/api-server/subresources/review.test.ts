import * as assert from "uvu/assert";
import type { KubeObject } from "#api/meta/object.ts";
import { alice, startApiServer } from "#test/support/api-server.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/subresources/review");

test("a review is answered by whoever can, and stored nowhere", async () => {
  const asked: unknown[] = [];
  const reviews = {
    review: (user: { name: string }, kind: { resource: string }, review: KubeObject, namespace: string) => {
      asked.push([user.name, kind.resource, namespace]);
      return Promise.resolve({ ...review, status: { allowed: true } });
    },
  };
  const api = await startApiServer({ guards: () => ({ reviews }) });
  const spec = { resourceAttributes: { verb: "get", resource: "pods", namespace: "default" } };
  const of = "localsubjectaccessreviews.authorization.k8s.io";
  const answer = await api.ask({ of, verb: "create", namespace: "default", body: { spec: { ...spec, user: "bob" } }, user: alice });
  assert.is(answer.code, 201);
  assert.equal(answer.body["status"], { allowed: true });
  assert.equal(asked, [["alice", "localsubjectaccessreviews", "default"]]);
  assert.is((await api.ask({ of, verb: "list", namespace: "default" })).code, 405);
  await api.close();
});

test("a review that asks nothing has an empty spec, if its kind has one", async () => {
  const reviews = { review: (_user: unknown, _kind: unknown, review: KubeObject) => Promise.resolve(review) };
  const api = await startApiServer({ guards: () => ({ reviews }) });
  const asked = (of: string) => api.must<{ readonly spec?: unknown }>({ of, verb: "create", body: {} });
  assert.equal((await asked("selfsubjectrulesreviews.authorization.k8s.io")).spec, {});
  assert.is((await asked("selfsubjectreviews.authentication.k8s.io")).spec, undefined);
  await api.close();
});
