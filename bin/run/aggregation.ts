// Other API servers, as the API server's process knows them: what its front is told, and what goes on beside it.
import { createAggregator } from "#actors/api-server/aggregation/aggregator.ts";
import type { FrontProxyTrust } from "#actors/api-server/authn/certificate.ts";
import { FollowedRemotes } from "#actors/api-server/discovery/remotes.ts";
import type { FrontOptions } from "#actors/api-server/front.ts";
import type { Family } from "#lib/metrics.ts";
import { SELF } from "#actors/api-server/requests.ts";
import type { ApiServer } from "#actors/api-server/server.ts";
import { kinds } from "#api/resources.ts";
import { Client } from "#lib/client.ts";
import type { ClusterNetwork } from "#lib/cluster-network.ts";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import { MemoryTransport } from "#lib/memory-transport.ts";
import type { Random } from "#lib/random.ts";

/** What the cluster's certificates call the front proxy. */
const NAMES = ["front-proxy-client"];

export type Aggregation = {
  readonly front: Required<Pick<FrontOptions, "delegates" | "remotes" | "frontProxy">>;
  families(): readonly Family[];
  /** Works until `signal` is aborted; to be begun when the API server serves. */
  run(signal: AbortSignal): Promise<void>;
};

type AggregationPorts = {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly network: ClusterNetwork;
  /** Reads a file of the directory of certificates. */
  readonly pem: (name: string) => string;
};

/** The other API servers of a server's cluster. */
export const aggregationOf = (server: ApiServer, { pem, ...ports }: AggregationPorts): Aggregation => {
  const frontProxy: FrontProxyTrust = { authority: pem("front-proxy-ca.crt"), names: NAMES };
  const aggregator = createAggregator({
    ...ports,
    objects: server.objects,
    client: new Client(new MemoryTransport({ handler: server, user: SELF })),
    frontProxyClient: { certificate: pem("front-proxy-client.crt"), key: pem("front-proxy-client.key") },
    trust: { clientAuthority: pem("ca.crt"), frontProxy },
    builtIn: kinds,
  });
  const remotes = new FollowedRemotes({ ...ports, servers: aggregator.servers });
  return {
    front: { delegates: aggregator.delegates, remotes, frontProxy },
    families: () => aggregator.families(),
    run: (signal) => {
      signal.addEventListener("abort", () => remotes.close(), { once: true });
      return aggregator.run(signal);
    },
  };
};
