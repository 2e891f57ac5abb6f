// Admission policies of tests, and what they are asked about.
import * as assert from "uvu/assert";
import type { V1MatchResources } from "#api/generated/types.ts";
import { startApiServer, type Answer, type TestServer, type TestServerOptions } from "#test/support/api-server.ts";

const GROUP = "admissionregistration.k8s.io";
export const ofConfigMaps: V1MatchResources = {
  resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["configmaps"] }],
};
export const ofDeployments: V1MatchResources = {
  resourceRules: [{ apiGroups: ["apps"], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["deployments"] }],
};

type Kind = "validating" | "mutating";

export const write = async (api: TestServer, kind: Kind, name: string, spec: object): Promise<Answer> =>
  api.ask({ verb: "create", of: `${kind}admissionpolicies.${GROUP}`, body: { metadata: { name }, spec } });

export const bind = async (api: TestServer, kind: Kind, policyName: string, spec: object = {}): Promise<void> => {
  const actions = kind === "validating" ? { validationActions: ["Deny"] } : {};
  await api.must({
    verb: "create",
    of: `${kind}admissionpolicybindings.${GROUP}`,
    body: { metadata: { name: `${policyName}-binding` }, spec: { policyName, ...actions, ...spec } },
  });
};

/** A server with one policy, bound. */
export const withPolicy = async (kind: Kind, spec: object, binding: object = {}, options: TestServerOptions = {}): Promise<TestServer> => {
  const api = await startApiServer(options);
  await api
    .must({ verb: "create", of: "namespaces", body: { metadata: { name: "other", labels: { kind: "free" } } } })
    .catch(() => undefined);
  const { code, body } = await write(api, kind, "policy", { matchConstraints: ofConfigMaps, ...spec });
  assert.is(code, 201, body.message);
  await bind(api, kind, "policy", binding);
  return api;
};

type Where = { readonly namespace?: string; readonly metadata?: object };

export const put = (api: TestServer, name: string, data: object = {}, { namespace = "default", metadata }: Where = {}): Promise<Answer> =>
  api.ask({ verb: "create", of: "configmaps", namespace, body: { metadata: { name, ...metadata }, data } });

const deployment = (name: string, replicas: number): object => ({
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "c", image: "i" }] } },
  },
});
export const deploy = (api: TestServer, name: string, replicas: number): Promise<Answer> =>
  api.ask({ verb: "create", of: "deployments.apps", namespace: "default", body: deployment(name, replicas) });
