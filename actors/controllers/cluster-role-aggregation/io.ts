// Reads and writes of the ClusterRole aggregation: any change of a role may change every role that aggregates.
import { clusterRoles } from "#api/rbac/v1/cluster-role.ts";
import { objectKey } from "#api/meta/object.ts";
import { changesOf, defineController } from "#lib/controller.ts";
import { decide, type Action, type Observed } from "./decide.ts";

/** Fills ClusterRoles with an aggregation rule, such as `admin`, `edit` and `view`. */
export const clusterRoleAggregationController = defineController<Observed, Action>(
  "clusterrole-aggregation-controller",
  ({ informers }) => {
    const all = informers.of(clusterRoles);
    const aggregating = (): readonly string[] =>
      all.list().flatMap((role) => (role.aggregationRule === undefined ? [] : [objectKey(role)]));
    return {
      watches: [changesOf(all, aggregating)],
      observe: (key) => {
        const role = all.get(key);
        return role === undefined ? undefined : { role, all: all.list() };
      },
      decide,
      act: ({ role }, { client, signal }) => client.update(clusterRoles, role, {}, signal),
    };
  },
);
