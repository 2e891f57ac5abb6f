// ResourceQuota: a namespace has no more than its quotas allow. What a write costs is noted in their status before it happens.
// upstream: plugin/pkg/admission/resourcequota/{admission,controller}.go
//
// Q1 a quota's status.used is never below what was admitted: writes of one namespace are judged in turn, and charged with the
// revision that they were judged by. What is charged for a write that then fails is given back by the quota controller.
import { resourceQuotas, type ResourceQuota } from "#api/core/v1/resource-quota.ts";
import type { Stored } from "#api/meta/object.ts";
import { charge, type Charged } from "#api/quota/charge.ts";
import { evaluatorOf } from "#api/quota/evaluator.ts";
import { refuse, type Attributes, type Plugin, type Surroundings, type Verdict } from "../plugin.ts";

/** Events are nobody's to limit. upstream: the plugin's ignoredResources */
const isIgnored = ({ kind, namespace }: Attributes): boolean => namespace === "" || kind.resource === "events";

const quotasOf = (namespace: string, around: Surroundings): readonly ResourceQuota[] => [...around.list(resourceQuotas, namespace)];

const validate = (attributes: Attributes, around: Surroundings): Verdict | Promise<Verdict> => {
  const { kind, namespace, object, old } = attributes;
  if (object === undefined || isIgnored(attributes) || quotasOf(namespace, around).length === 0) return undefined;
  const evaluator = evaluatorOf(kind);
  if (!evaluator.charges(attributes.operation, attributes.subresource) || isThere(attributes, around)) return undefined;
  const write: Charged = { evaluator, object, old, nowMs: around.now() };
  return around.inTurn(`quota ${namespace}`, () => chargeAll(attributes, around, write));
};

/** What is there already cannot be created: that fails by itself, and costs nothing. */
const isThere = ({ operation, kind, namespace, object }: Attributes, around: Surroundings): boolean =>
  operation === "CREATE" && around.find(kind, namespace, object?.metadata?.name ?? "") !== undefined;

/** All quotas are asked before any is charged. */
const chargeAll = async (attributes: Attributes, around: Surroundings, write: Charged): Promise<Verdict> => {
  const quotas = quotasOf(attributes.namespace, around);
  for (const quota of quotas) {
    const charged = charge(quota, write);
    if (charged !== "none" && "refused" in charged) return refuse(attributes, charged.refused);
  }
  if (attributes.dryRun) return undefined;
  for (const quota of quotas) {
    const refused = await chargeOne(quota.metadata?.name ?? "", attributes, around, write);
    if (refused !== undefined) return refuse(attributes, refused);
  }
  return undefined;
};

/** Why the quota forbids the write, if it does; else it is charged. */
const chargeOne = async (name: string, { namespace }: Attributes, around: Surroundings, write: Charged): Promise<string | undefined> => {
  for (;;) {
    const quota = around.find(resourceQuotas, namespace, name);
    const charged = quota === undefined ? "none" : charge(quota, write);
    if (quota === undefined || charged === "none") return undefined;
    if ("refused" in charged) return charged.refused;
    const next = { ...quota, status: { ...quota.status, used: charged.used } };
    if (await around.replace(resourceQuotas, next as Stored)) return undefined;
  }
};

export const resourceQuota: Plugin = { name: "ResourceQuota", validate };
