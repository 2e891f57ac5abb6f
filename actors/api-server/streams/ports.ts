// What the streams of pods are made of.
import { pods, type Pod } from "#api/core/v1/pod.ts";
import type { Stored } from "#api/meta/object.ts";
import { badRequest } from "#api/meta/status.ts";
import type { Clock } from "#lib/clock.ts";
import type { ClusterNetwork } from "#lib/cluster-network.ts";
import type { NodeTransport } from "#lib/node-api.ts";
import { objectOf, type ObjectSource } from "../objects.ts";

export type StreamPorts = {
  readonly objects: ObjectSource;
  readonly nodes: NodeTransport;
  readonly network: ClusterNetwork;
  readonly clock: Clock;
};

/** How long a client may take to open the streams that belong together. upstream: DefaultStreamCreationTimeout */
export const STREAMS_MS = 30_000;

export type PodRef = { readonly namespace: string; readonly name: string };

/** Throws: NotFound. */
export const podOf = ({ objects }: StreamPorts, ref: PodRef): Stored<Pod> => objectOf(objects, pods, ref);

/** The node that a pod is on. Throws: BadRequest. */
export const nodeOf = ({ metadata, spec }: Stored<Pod>): string => {
  const node = spec?.nodeName ?? "";
  if (node === "") throw badRequest(`pod ${metadata.name} does not have a host assigned`);
  return node;
};
