// The cluster that a command is about: it has been made, whether it runs or not.
import { existsSync } from "node:fs";
import { ClusterError } from "#actors/cluster/definition.ts";
import { layoutOf, type Layout } from "#actors/cluster/layout.ts";

/** The cluster of a data directory. Throws: ClusterError when there is none. */
export const presentCluster = (data: string): Layout => {
  const layout = layoutOf(data);
  if (!existsSync(layout.cluster)) throw new ClusterError(`${data}: no cluster here; 'orrery up --data ${data}' makes one`);
  return layout;
};
