// Cluster DNS as a built-in pod: an ordinary client of the API, with the token of its pod's service account.
import { serveDns } from "#addons/dns/dns.ts";
import { systemUpstreams } from "#addons/dns/forward.ts";
import { RANGES } from "#actors/cluster/definition.ts";
import { Client } from "#lib/client.ts";
import { Informers } from "#lib/informers.ts";
import type { ApiTransport } from "#lib/api.ts";
import type { Builtin } from "#runtime/builtin.ts";
import { realPort } from "#lib/cluster-network.ts";
import { mayBindLow } from "../addresses.ts";
import type { Process } from "./process.ts";

const ACCOUNT = "system:serviceaccount:kube-system:coredns";

/** @param as gives the transport of an identity */
export const dnsAddon =
  ({ definition, clock, random, logger, inspect }: Process, as: (identity: string) => ApiTransport): Builtin =>
  async ({ ip, log, signal }) => {
    const client = new Client(as(ACCOUNT));
    const informers = new Informers({ client, clock, random, logger, inspect });
    informers.start(signal);
    const port = realPort(53, mayBindLow());
    const config = { domain: "cluster.local", address: ip, port, upstreams: systemUpstreams([RANGES[definition.network].dns]) };
    const { closed } = await serveDns(informers, config, { logger, signal });
    log(`serving cluster.local on ${ip}:${port}`);
    return { done: closed };
  };
