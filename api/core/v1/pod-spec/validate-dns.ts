// A pod's DNS configuration and host aliases. upstream: pkg/apis/core/validation/validation.go (validatePodDNSConfig)
import type { V1HostAlias, V1PodDNSConfig, V1PodSpec } from "#api/generated/types.ts";
import { broken, each, isEmpty, type Check } from "#api/meta/check.ts";
import { invalidValue, required } from "#api/meta/field-error.ts";
import { ipErrors } from "#api/meta/ip.ts";
import { dns1123Subdomain } from "#api/meta/names.ts";

const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCH_CHARS = 2048;

/** A search domain: underscores are allowed, as is one dot at its end. */
const searchReasons = (search: string): readonly string[] =>
  search === "." ? [] : dns1123Subdomain(search.replace(/\.$/, "").replaceAll("_", "a"));

function* checkNeeded(path: string, { dnsPolicy, dnsConfig }: V1PodSpec): Check {
  if (dnsPolicy !== "None") return;
  if (dnsConfig === undefined) yield required(path, "must provide `dnsConfig` when `dnsPolicy` is None");
  else if ((dnsConfig.nameservers ?? []).length === 0) {
    yield required(`${path}.nameservers`, "must provide at least one DNS nameserver when `dnsPolicy` is None");
  }
}

function* checkConfig(path: string, { nameservers = [], searches = [], options }: V1PodDNSConfig): Check {
  if (nameservers.length > MAX_NAMESERVERS) {
    yield invalidValue(`${path}.nameservers`, nameservers, `must not have more than ${MAX_NAMESERVERS} nameservers`);
  }
  for (const [server, at] of each(`${path}.nameservers`, nameservers)) yield* ipErrors(at, server);
  if (searches.length > MAX_SEARCHES) {
    yield invalidValue(`${path}.searches`, searches, `must not have more than ${MAX_SEARCHES} search paths`);
  }
  if (searches.join(" ").length > MAX_SEARCH_CHARS) {
    const detail = `must not have more than ${MAX_SEARCH_CHARS} characters (including spaces) in the search list`;
    yield invalidValue(`${path}.searches`, searches, detail);
  }
  for (const [search, at] of each(`${path}.searches`, searches)) yield* broken(at, search, searchReasons(search));
  for (const [{ name }, at] of each(`${path}.options`, options)) if (isEmpty(name)) yield required(at, "must not be empty");
}

/** Nameservers and search domains; without a policy of its own a pod must bring nameservers. */
export function* checkDnsConfig(path: string, spec: V1PodSpec): Check {
  const missing = [...checkNeeded(path, spec)];
  yield* missing;
  if (missing.length === 0 && spec.dnsConfig !== undefined) yield* checkConfig(path, spec.dnsConfig);
}

/** Lines of a pod's hosts file. */
export function* checkHostAliases(path: string, aliases: readonly V1HostAlias[] | undefined): Check {
  for (const [{ ip = "", hostnames }, at] of each(path, aliases)) {
    yield* ipErrors(`${at}.ip`, ip);
    for (const [name, nameAt] of each(`${at}.hostnames`, hostnames)) yield* broken(nameAt, name, dns1123Subdomain(name));
  }
}
