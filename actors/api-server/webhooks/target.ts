// Where a client configuration leads: to its URL, or to a ready endpoint of its Service. Endpoints are asked for directly, so
// that webhooks work without a proxy on the API server's machine. upstream: apiserver/pkg/util/webhook/serviceresolver.go
import { hostPort } from "#api/meta/ip.ts";
import type { ObjectSource } from "../objects.ts";
import { serviceEndpoint } from "../service-endpoint.ts";
import { WebhookError, type WebhookTarget } from "./caller.ts";

/** What objects say of a webhook's place, of admission and conversion alike. */
export type ClientConfig = {
  readonly url?: string | undefined;
  readonly caBundle?: string | undefined;
  readonly service?:
    | { readonly namespace: string; readonly name: string; readonly path?: string | undefined; readonly port?: number | undefined }
    | undefined;
};

const DEFAULT_PORT = 443;

const authorityOf = (bundle: string | undefined): { readonly certificateAuthority?: string } =>
  bundle === undefined || bundle === "" ? {} : { certificateAuthority: Buffer.from(bundle, "base64").toString("utf8") };

type ServiceReference = NonNullable<ClientConfig["service"]>;

/** Throws: WebhookError. */
const serviceTarget = (
  objects: Pick<ObjectSource, "get" | "list">,
  { namespace, name, path = "", port = DEFAULT_PORT }: ServiceReference,
): WebhookTarget => {
  const endpoint = serviceEndpoint(objects, { namespace, name, port }, 0);
  if ("reason" in endpoint) throw new WebhookError(endpoint.reason);
  return { url: `https://${hostPort(endpoint)}${path}`, serverName: `${name}.${namespace}.svc` };
};

/** The address of a Service as upstream writes it. */
const addressOf = ({ url, service }: ClientConfig): string =>
  service === undefined
    ? (url ?? "")
    : `https://${service.name}.${service.namespace}.svc:${service.port ?? DEFAULT_PORT}${service.path ?? ""}`;

/** The target, which is told how long it is waited for. Throws: WebhookError, as what posts to it would say it. */
export const targetWithin = (objects: Pick<ObjectSource, "get" | "list">, config: ClientConfig, seconds: number): WebhookTarget => {
  const timeout = `?timeout=${seconds}s`;
  try {
    const target = targetOf(objects, config);
    return { ...target, url: `${target.url}${timeout}` };
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error;
    throw new WebhookError(`Post ${JSON.stringify(`${addressOf(config)}${timeout}`)}: ${error.message}`);
  }
};

/** The target of a client configuration. Throws: WebhookError when its Service has nobody who answers. */
const targetOf = (objects: Pick<ObjectSource, "get" | "list">, { url = "", caBundle, service }: ClientConfig): WebhookTarget => ({
  ...(service === undefined ? { url } : serviceTarget(objects, service)),
  ...authorityOf(caBundle),
});
