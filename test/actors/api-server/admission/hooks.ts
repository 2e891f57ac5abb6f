// Webhooks of tests, which are functions, and what is asked of them.
import type { V1ConfigMap, V1MutatingWebhook } from "#api/generated/types.ts";
import type { Stored } from "#api/meta/object.ts";
import { startApiServer, type TestServer, type TestServerOptions } from "#test/support/api-server.ts";
import { MemoryWebhooks } from "#test/support/webhooks.ts";

export type Request = {
  readonly uid: string;
  readonly operation: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly subResource?: string;
  readonly dryRun: boolean;
  readonly kind: object;
  readonly resource: { readonly version: string };
  readonly requestResource: { readonly version: string };
  readonly options: object;
  readonly userInfo: object;
  readonly object: Stored<V1ConfigMap> | null;
  readonly oldObject: Stored<V1ConfigMap> | null;
};
export type Review = { readonly apiVersion: string; readonly kind: string; readonly request: Request };
export type Response = { readonly [field: string]: unknown };

export const GROUP = "admissionregistration.k8s.io";
export const URL = "https://hook.test/x";
const NAME = "hook.example.com";

/** A server with one webhook, which `answer` is. */
export const withHooks = async (options: TestServerOptions = {}): Promise<{ api: TestServer; hooks: MemoryWebhooks }> => {
  const hooks = new MemoryWebhooks();
  const api = await startApiServer({ ...options, webhooks: hooks });
  return { api, hooks };
};

export const answering =
  (answer: (request: Request) => Response) =>
  ({ apiVersion, kind, request }: Review) => ({ apiVersion, kind, response: { uid: request.uid, allowed: true, ...answer(request) } });

export const patching = (answer: (request: Request) => readonly object[]) =>
  answering((request) => ({ patchType: "JSONPatch", patch: Buffer.from(JSON.stringify(answer(request))).toString("base64") }));

export const RULES = [{ operations: ["*"], apiGroups: ["*"], apiVersions: ["*"], resources: ["*/*"] }];

export const webhook = (given: Partial<V1MutatingWebhook> = {}): V1MutatingWebhook => ({
  name: NAME,
  clientConfig: { url: URL },
  admissionReviewVersions: ["v1"],
  sideEffects: "None",
  rules: [{ operations: ["*"], apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"] }],
  ...given,
});

type Sort = "mutating" | "validating";

export const configure = (api: TestServer, sort: Sort, webhooks: readonly V1MutatingWebhook[], name = "hooks") =>
  api.must({ verb: "create", of: `${sort}webhookconfigurations.${GROUP}`, body: { metadata: { name }, webhooks } });

export const configMap = (name = "a", data: object = {}) => ({ metadata: { name }, data });
export const create = (api: TestServer, body: object = configMap(), options = {}) =>
  api.ask({ verb: "create", of: "configmaps", namespace: "default", body, options });

export const add = (key: string, value = "yes") => [{ op: "add", path: `/data/${key}`, value }];
