// Everything about other API servers, put together: they are followed from the start, kept and looked after once the API
// server serves. upstream: kube-aggregator, and the controllers that kube-apiserver runs beside it
import type { ClusterNetwork } from "#lib/cluster-network.ts";
import type { Credentials } from "#lib/pki/authority.ts";
import type { Random } from "#lib/random.ts";
import type { Family } from "#lib/metrics.ts";
import { keepAuthenticationConfig, type Trust } from "./authentication-config.ts";
import { AvailabilityKeeper } from "./availability-keeper.ts";
import { createDelegates, type Delegates } from "./delegates.ts";
import { createProbe } from "./https-probe.ts";
import type { KeeperPorts } from "./keeper.ts";
import type { GroupVersion } from "./registered.ts";
import { keepRegistered } from "./registration.ts";
import { RemoteServers } from "./remote-servers.ts";
import type { AggregatedServers } from "./aggregated-servers.ts";

export type AggregatorOptions = KeeperPorts & {
  readonly random: Random;
  readonly network: ClusterNetwork;
  /** The front proxy's certificate: by it other servers know that we speak for users. */
  readonly frontProxyClient: Credentials;
  readonly trust: Trust;
  /** What this API server serves without any definition. */
  readonly builtIn: readonly GroupVersion[];
};

export interface Aggregator {
  readonly servers: AggregatedServers;
  readonly delegates: Delegates;
  /** Keeps APIServices, their conditions and the ConfigMap for other servers, until `signal` is aborted. The API server must serve. */
  run(signal: AbortSignal): Promise<void>;
  families(): readonly Family[];
}

/** The aggregator of an API server. */
export const createAggregator = (options: AggregatorOptions): Aggregator => {
  const { clock, frontProxyClient } = options;
  const servers = new RemoteServers({ ...options, frontProxyClient });
  const availability = new AvailabilityKeeper({ ...options, probe: createProbe(frontProxyClient) });
  return {
    servers,
    delegates: createDelegates(servers, clock),
    run: async (signal) => {
      const trust = keepAuthenticationConfig(options, options.trust, signal);
      await Promise.all([trust, keepRegistered(options, options.builtIn, signal), availability.run(signal)]);
      servers.close();
    },
    families: () => availability.families(),
  };
};
