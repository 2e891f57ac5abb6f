// Where a client configuration leads: to its URL, or to a ready endpoint of its Service. Endpoints are asked for directly, so
// that webhooks work without a proxy on the API server's machine. upstream: apiserver/pkg/util/webhook/serviceresolver.go
import type { V1EndpointSlice } from "#api/generated/types.ts";
import { services } from "#api/core/v1/service.ts";
import { endpointSlices } from "#api/discovery/v1/endpoint-slice.ts";
import type { ObjectSource } from "../objects.ts";
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

const isOf = ({ metadata }: V1EndpointSlice, service: string): boolean => metadata?.labels?.["kubernetes.io/service-name"] === service;

const endpointOf = (
  objects: Pick<ObjectSource, "get" | "list">,
  namespace: string,
  name: string,
  portName: string,
): { address: string; port: number } | undefined => {
  for (const slice of objects.list(endpointSlices, namespace)) {
    if (!isOf(slice, name)) continue;
    const port = slice.ports?.find((one) => (one.name ?? "") === portName)?.port;
    const ready = slice.endpoints?.find(({ conditions }) => conditions?.ready !== false);
    const address = ready?.addresses[0];
    if (port !== undefined && address !== undefined) return { address, port };
  }
  return undefined;
};

type ServiceReference = NonNullable<ClientConfig["service"]>;

/** Throws: WebhookError. */
const serviceTarget = (
  objects: Pick<ObjectSource, "get" | "list">,
  { namespace, name, path = "", port: wanted = DEFAULT_PORT }: ServiceReference,
): WebhookTarget => {
  const found = objects.get(services, { namespace, name });
  if (found === undefined) throw new WebhookError(`service ${JSON.stringify(name)} not found`);
  const port = found.spec?.ports?.find((one) => one.port === wanted);
  if (port === undefined) throw new WebhookError(`no service port ${wanted} found for service ${JSON.stringify(name)}`);
  const endpoint = endpointOf(objects, namespace, name, port.name ?? "");
  if (endpoint === undefined) throw new WebhookError(`no endpoints available for service ${JSON.stringify(name)}`);
  return { url: `https://${endpoint.address}:${endpoint.port}${path}`, serverName: `${name}.${namespace}.svc` };
};

/** The target of a client configuration. Throws: WebhookError when its Service has nobody who answers. */
export const targetOf = (objects: Pick<ObjectSource, "get" | "list">, { url = "", caBundle, service }: ClientConfig): WebhookTarget => ({
  ...(service === undefined ? { url } : serviceTarget(objects, service)),
  ...authorityOf(caBundle),
});
