// Where a webhook is: a URL, or a Service of the cluster. In webhooks of admission and of conversion alike.
// upstream: apiserver/pkg/util/webhook/validation.go
import { needed, type Check } from "#api/meta/check.ts";
import { invalidValue, required } from "#api/meta/field-error.ts";
import { dns1123Subdomain, portNum } from "#api/meta/names.ts";
import type { Draft } from "#api/meta/object.ts";

const FORM = "; desired format: https://host[/path]";
const HTTPS_PORT = 443;

type ServiceReference = {
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly path?: string | undefined;
  readonly port?: number | undefined;
};
type ClientConfig = { readonly url?: string | undefined; readonly service?: ServiceReference | undefined };

/** A Service is asked at 443 unless it is said otherwise. upstream: SetDefaults_ServiceReference */
export const defaultServicePort = (service: Draft<ServiceReference> | undefined): void => {
  if (service !== undefined) service.port ??= HTTPS_PORT;
};

function* checkUrl(path: string, text: string): Check {
  const url = URL.parse(text);
  if (url === null)
    return void (yield required(path, `url must be a valid URL: parse ${JSON.stringify(text)}: invalid URI for request${FORM}`));
  if (url.protocol !== "https:") yield invalidValue(path, url.protocol.slice(0, -1), `'https' is the only allowed URL scheme${FORM}`);
  if (url.host === "") yield invalidValue(path, "", `host must be specified${FORM}`);
  if (url.username !== "") yield invalidValue(path, url.username, `user information is not permitted in the URL${FORM}`);
  if (url.hash !== "") yield invalidValue(path, url.hash.slice(1), `fragments are not permitted in the URL${FORM}`);
  if (url.search !== "") yield invalidValue(path, url.search.slice(1), `query parameters are not permitted in the URL${FORM}`);
  return undefined;
}

function* checkUrlPath(path: string, text: string): Check {
  if (text === "/" || text === "") return;
  if (text === "//") return void (yield invalidValue(path, text, "segment[0] may not be empty"));
  if (!text.startsWith("/")) yield invalidValue(path, text, "must start with a '/'");
  const segments = text.replace(/^\//, "").replace(/\/$/, "").split("/");
  for (const [at, segment] of segments.entries()) {
    if (segment === "") yield invalidValue(path, text, `segment[${at}] may not be empty`);
    for (const reason of segment === "" ? [] : dns1123Subdomain(segment)) yield invalidValue(path, text, `segment[${at}]: ${reason}`);
  }
}

function* checkService(path: string, { name, namespace, path: urlPath = "", port = HTTPS_PORT }: ServiceReference): Check {
  yield* needed(`${path}.name`, name, "service name is required");
  yield* needed(`${path}.namespace`, namespace, "service namespace is required");
  const reasons = portNum(port);
  if (reasons.length > 0) yield invalidValue(`${path}.port`, port, `port is not valid: ${reasons.join(",")}`);
  yield* checkUrlPath(`${path}.path`, urlPath);
}

/** Exactly one place, and one that can be asked. */
export function* checkClientConfig(path: string, { url, service }: ClientConfig): Check {
  if ((url === undefined) === (service === undefined)) yield required(path, "exactly one of url or service is required");
  else if (url !== undefined) yield* checkUrl(`${path}.url`, url);
  else if (service !== undefined) yield* checkService(`${path}.service`, service);
}
