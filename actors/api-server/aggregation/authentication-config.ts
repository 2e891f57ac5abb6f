// The ConfigMap by which other API servers learn whose certificates to trust, and in which headers we say who asks. Several
// API servers add to it; what they trust too stays, certificates that have ended go.
// upstream: pkg/controlplane/controller/clusterauthenticationtrust
import { configMaps, type ConfigMap } from "#api/core/v1/config-map.ts";
import { deepEqual } from "#api/meta/equal.ts";
import { objectKey, type Stored } from "#api/meta/object.ts";
import { expiryOf } from "#lib/pki/expiry.ts";
import type { FrontProxyTrust } from "../authn/certificate.ts";
import { USER_HEADERS } from "../authn/request-header.ts";
import { createKeeper, type KeeperPorts } from "./keeper.ts";

/** Whose certificates this API server trusts. */
export type Trust = { /** PEM. */ readonly clientAuthority: string; readonly frontProxy: FrontProxyTrust };

type Data = { readonly [key: string]: string };

const PLACE = { namespace: "kube-system", name: "extension-apiserver-authentication" };
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
const SLACK_MS = 5 * 60_000;

const listIn = (text = "[]"): readonly string[] => {
  try {
    const list = JSON.parse(text) as unknown;
    return Array.isArray(list) ? list.filter((one) => typeof one === "string") : [];
  } catch {
    return []; // somebody's mistake: it is written anew
  }
};

const isValid = (certificate: string, nowMs: number): boolean => {
  try {
    return expiryOf(certificate) > nowMs - SLACK_MS;
  } catch {
    return false;
  }
};

const authorities = (present = "", ours: string, nowMs: number): string => {
  const all = new Set(`${present}\n${ours}`.match(CERTIFICATE));
  return Array.from(all)
    .filter((one) => isValid(one, nowMs))
    .map((one) => `${one}\n`)
    .join("");
};

/** What the ConfigMap should hold, after what it holds. */
export const authenticationData = (present: Data, { clientAuthority, frontProxy }: Trust, nowMs: number): Data => {
  const list = (key: string, ours: readonly string[]): Data => ({
    [key]: JSON.stringify([...new Set([...listIn(present[key]), ...ours])]),
  });
  return {
    "client-ca-file": authorities(present["client-ca-file"], clientAuthority, nowMs),
    "requestheader-client-ca-file": authorities(present["requestheader-client-ca-file"], frontProxy.authority, nowMs),
    ...list("requestheader-allowed-names", frontProxy.names),
    ...list("requestheader-username-headers", [USER_HEADERS.user]),
    ...list("requestheader-uid-headers", [USER_HEADERS.uid]),
    ...list("requestheader-group-headers", [USER_HEADERS.group]),
    ...list("requestheader-extra-headers-prefix", [USER_HEADERS.extra]),
  };
};

type Observed = { readonly present: Stored<ConfigMap> | undefined };
type Action = { readonly do: "write"; readonly data: Data; readonly present: Stored<ConfigMap> | undefined };

/** Keeps the ConfigMap until `signal` is aborted. The server must serve already. */
export const keepAuthenticationConfig = (ports: KeeperPorts, trust: Trust, signal: AbortSignal): Promise<void> => {
  const keeper = createKeeper<Observed, Action>("cluster-authentication-trust", ports, {
    observe: () => ({ present: ports.objects.get(configMaps, PLACE) }),
    decide: ({ present }, nowMs) => {
      const data = authenticationData(present?.data ?? {}, trust, nowMs);
      return deepEqual(data, present?.data) ? [] : [{ do: "write", data, present }];
    },
    act: ({ present, data }, reach) =>
      present === undefined
        ? reach.client.create(configMaps, { metadata: PLACE, data }, {}, reach.signal)
        : reach.client.update(configMaps, { ...present, data }, {}, reach.signal),
  });
  const key = objectKey({ metadata: PLACE });
  ports.objects.follow(configMaps, (ref) => {
    if (ref.name === PLACE.name && ref.namespace === PLACE.namespace) keeper.wake(key);
  });
  keeper.wake(key);
  return keeper.run(signal);
};
