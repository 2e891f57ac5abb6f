import * as assert from "uvu/assert";
import type { Authorizer } from "#actors/api-server/authorizer.ts";
import type { KubeObject } from "#api/meta/object.ts";
import type { ApiRequest, RequestOptions } from "#lib/api.ts";
import { admin, startApiServer, type TestServer } from "#test/support/api-server.ts";
import { suite } from "#test/support/suite.ts";
import { answering, configure, patching, URL, webhook, withHooks, type Request } from "../admission/hooks.ts";
import { bind, write } from "../admission/policies.ts";

const test = suite("api-server/subresources/connect");
const live = new AbortController().signal;

const to = (resource: string, subresource: string, options: RequestOptions = {}): ApiRequest => ({
  verb: "get",
  group: "",
  version: "v1",
  resource,
  ...(resource === "nodes" ? {} : { namespace: "default" }),
  name: "web",
  subresource,
  options,
});

const connect = (api: TestServer, request: ApiRequest): Promise<KubeObject> => api.server.connect(admin, request, live);

const refusalOf = (connecting: Promise<unknown>): Promise<string> =>
  connecting.then(
    () => "let in",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

const connections = (resources: readonly string[]) => [
  { operations: ["CONNECT"], apiGroups: [""], apiVersions: ["v1"], resources: [...resources] },
];

test("gives the options of a connection as an object", async () => {
  const api = await startApiServer();
  const exec = to("pods", "exec", { stdin: true, tty: false, stdout: true, container: "main", command: ["ls", "-l"] });
  assert.equal(await connect(api, exec), {
    kind: "PodExecOptions",
    apiVersion: "v1",
    stdin: true,
    stdout: true,
    container: "main",
    command: ["ls", "-l"],
  });
  assert.equal(await connect(api, to("pods", "attach", { container: "" })), { kind: "PodAttachOptions", apiVersion: "v1" });
  assert.equal(await connect(api, to("pods", "portforward", { ports: ["80,81", "90"] })), {
    kind: "PodPortForwardOptions",
    apiVersion: "v1",
    ports: [80, 81, 90],
  });
  for (const [resource, kind] of Object.entries({ pods: "Pod", services: "Service", nodes: "Node" })) {
    const proxied = to(resource, "proxy", { path: "/a/" });
    assert.equal(await connect(api, proxied), { kind: `${kind}ProxyOptions`, apiVersion: "v1", path: "/a/" });
  }
  assert.match(await refusalOf(connect(api, to("pods", "portforward", { ports: ["x"] }))), /parsing "x": invalid syntax/);
  await api.close();
});

test("asks webhooks with the operation CONNECT, and no others", async () => {
  const { api, hooks } = await withHooks();
  const asked: Request[] = [];
  const rules = connections(["pods/exec", "pods/attach"]);
  await configure(api, "validating", [
    webhook({ rules }),
    webhook({ name: "writes.example.com", rules: [{ ...rules[0], operations: ["CREATE"] }] }),
  ]);
  hooks.set(
    URL,
    answering((request) => {
      asked.push(request);
      return { allowed: false, status: { message: "not here" } };
    }),
  );
  const refused = await refusalOf(connect(api, to("pods", "exec", { command: ["sh"] })));
  assert.is(refused, 'admission webhook "hook.example.com" denied the request: not here');
  const [{ operation, name, namespace, subResource, kind, options, object, oldObject } = asked[0] as Request] = asked;
  assert.equal([asked.length, operation, name, namespace, subResource], [1, "CONNECT", "web", "default", "exec"]);
  assert.equal(kind, { group: "", version: "v1", kind: "PodExecOptions" });
  assert.equal([options, oldObject], [null, null]);
  assert.equal(object, { kind: "PodExecOptions", apiVersion: "v1", command: ["sh"] });
  assert.is(await refusalOf(connect(api, to("pods", "proxy"))), "let in");
  await api.close();
});

test("goes on with what a webhook has made of the options", async () => {
  const { api, hooks } = await withHooks();
  await configure(api, "mutating", [webhook({ rules: connections(["pods/attach"]) })]);
  hooks.set(
    URL,
    patching(() => [{ op: "add", path: "/container", value: "side" }]),
  );
  assert.equal(await connect(api, to("pods", "attach")), { kind: "PodAttachOptions", apiVersion: "v1", container: "side" });
  await api.close();
});

test("lets policies judge connections", async () => {
  const api = await startApiServer();
  const spec = {
    matchConstraints: { resourceRules: connections(["nodes/proxy", "pods/exec"]) },
    validations: [{ expression: "!has(object.path) || object.path != '/secret'", message: "that is ours" }],
  };
  assert.is((await write(api, "validating", "policy", spec)).code, 201);
  await bind(api, "validating", "policy");
  const refused = await refusalOf(connect(api, to("nodes", "proxy", { path: "/secret" })));
  assert.is(
    refused,
    `nodes "web" is forbidden: ValidatingAdmissionPolicy 'policy' with binding 'policy-binding' denied request: that is ours`,
  );
  assert.is(await refusalOf(connect(api, to("nodes", "proxy", { path: "/open" }))), "let in");
  assert.is(await refusalOf(connect(api, to("pods", "exec"))), "let in");
  await api.close();
});

test("asks for rights before anything else", async () => {
  const authorizer: Authorizer = {
    authorize: (_user, { verb, ...about }) => ({
      decision: "path" in about || about.subresource !== "exec" ? "allow" : "noOpinion",
      reason: verb,
    }),
  };
  const api = await startApiServer({ guards: () => ({ authorizer }) });
  const refused = await refusalOf(connect(api, to("pods", "exec")));
  assert.match(refused, /cannot get resource "pods\/exec" in API group "" in the namespace "default": get$/);
  assert.is(await refusalOf(connect(api, to("pods", "attach"))), "let in");
  await api.close();
});
