// The errand that makes a cluster's certificates and keys.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { RANGES, readDefinition } from "#actors/cluster/definition.ts";
import { layoutOf } from "#actors/cluster/layout.ts";
import { ensurePki } from "#actors/cluster/pki.ts";
import { systemClock } from "#lib/clock.ts";
import { systemRandom } from "#lib/random.ts";
import { addKey } from "./new-key.ts";

const DNS_NAMES = ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"];

/** Makes what is missing. @param data the data directory, absolute */
export const runPki = async (data: string): Promise<void> => {
  const layout = layoutOf(data);
  const { network } = readDefinition(readFileSync(layout.cluster, "utf8"), layout.cluster);
  const names = { dns: DNS_NAMES, ips: ["127.0.0.1", RANGES[network].kubernetes] };
  const sources = { clock: systemClock, random: systemRandom };
  const isNew = !existsSync(join(layout.pki, "ca.key"));
  if (isNew && !existsSync(layout.encryption)) addKey(layout, sources);
  await ensurePki(layout, names, sources);
};
