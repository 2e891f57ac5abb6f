// The errand that makes a cluster's certificates and keys.
import { readFileSync } from "node:fs";
import { RANGES, readDefinition } from "#actors/cluster/definition.ts";
import { layoutOf } from "#actors/cluster/layout.ts";
import { ensurePki } from "#actors/cluster/pki.ts";
import { systemClock } from "#lib/clock.ts";
import { systemRandom } from "#lib/random.ts";

const DNS_NAMES = ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"];

/** Makes what is missing. @param data the data directory, absolute */
export const runPki = async (data: string): Promise<void> => {
  const layout = layoutOf(data);
  const { network } = readDefinition(readFileSync(layout.cluster, "utf8"), layout.cluster);
  const names = { dns: DNS_NAMES, ips: ["127.0.0.1", RANGES[network].kubernetes] };
  await ensurePki(layout, names, { clock: systemClock, random: systemRandom });
};
