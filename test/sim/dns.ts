// A process with the cluster's DNS, but for its sockets: the zone that it would answer from.
import { clusterZone } from "#addons/dns/dns.ts";
import type { Zone } from "#addons/dns/zone.ts";
import { Informers } from "#lib/informers.ts";
import { ADMIN } from "./cluster.ts";
import type { Life } from "./process.ts";

/** What is said about names now; undefined while the process is down. */
export class Dns {
  zone: Zone | undefined;

  /** Boots the process. The rights that its account is given by a manifest are not simulated. */
  readonly boot = (life: Life): void => {
    const informers = new Informers({ ...life, client: life.connect(ADMIN) });
    this.zone = clusterZone(informers, "cluster.local").zone;
    informers.start(life.signal);
  };
}
