import type { V1Lease, V1LeaseSpec } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { broken, isEmpty, oneOf, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import { forbiddenField, invalidValue } from "#api/meta/field-error.ts";
import { qualifiedName } from "#api/meta/names.ts";

export type Lease = V1Lease;

const strategyErrors = (path: string, strategy: string): Check =>
  strategy.includes("/") ? broken(path, strategy, qualifiedName(strategy)) : oneOf(path, strategy, ["OldestEmulationVersion"]);

/** upstream: ValidateLeaseSpec */
function* checkSpec(spec: V1LeaseSpec): Check {
  const { leaseDurationSeconds: seconds = 1, leaseTransitions: transitions = 0, strategy, preferredHolder } = spec;
  if (seconds <= 0) yield invalidValue("spec.leaseDurationSeconds", seconds, "must be greater than 0");
  if (transitions < 0) yield invalidValue("spec.leaseTransitions", transitions, "must be greater than or equal to 0");
  if (strategy !== undefined) yield* strategyErrors("spec.strategy.strategy", strategy);
  if (!isEmpty(preferredHolder) && isEmpty(strategy)) {
    yield forbiddenField("spec.preferredHolder", "may only be specified if `strategy` is defined");
  }
}

/** Leases: who holds a role, and since when. */
export const leases: Kind<Lease> = {
  group: "coordination.k8s.io",
  version: "v1",
  resource: "leases",
  kind: "Lease",
  namespaced: true,
  singular: "lease",
  listKind: "LeaseList",
  shortNames: [],
  categories: [],
  verbs: storedVerbs,
  model: "V1Lease",
  bucket: "leases",
  status: false,
  subresources: {},
  columns: [
    nameColumn,
    column("Holder", "string", docOf("V1LeaseSpec", "holderIdentity"), ({ spec }) => spec?.holderIdentity ?? ""),
    ageColumn,
  ],
  validate: ({ spec }) => [...checkSpec(spec ?? {})],
  strategy: { generation: false, allowCreateOnUpdate: true, requiresRevision: true },
};
