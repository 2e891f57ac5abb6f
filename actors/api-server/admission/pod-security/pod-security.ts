// PodSecurity: pods are as safe as the labels of their namespace ask, or the cluster where they say nothing. What makes pods
// is only warned of, and told to the audit log. upstream: pod-security-admission/admission/admission.go
import type { V1CronJob, V1Deployment, V1PodTemplate, V1PodTemplateSpec } from "#api/generated/types.ts";
import { namespaces } from "#api/core/v1/namespace.ts";
import { pods } from "#api/core/v1/pod.ts";
import type { PodLike } from "#api/pod-security/check.ts";
import { detailText, violationsOf } from "#api/pod-security/evaluate.ts";
import { isPrivileged, levelText, policyErrors, policyOf, type LevelVersion, type Mode, type Policy } from "#api/pod-security/policy.ts";
import type { Evaluated } from "../metrics/pod-security-counts.ts";
import { judgeNamespace } from "./namespaces.ts";
import { isFor, refuse, type Attributes, type Plugin, type Surroundings, type Verdict } from "../plugin.ts";

const ANNOTATION = "pod-security.kubernetes.io/";

/** One write of a pod, or of what makes pods. */
type Write = {
  readonly attributes: Attributes;
  readonly around: Surroundings;
  readonly pod: PodLike;
  readonly evaluated: Evaluated;
};

const evaluatedIn = ({ operation, subresource }: Attributes, resource: "pod" | "controller"): Evaluated => ({
  request_operation: operation === "CREATE" ? "create" : "update",
  resource,
  subresource,
});

const exemptionOf = ({ attributes: { namespace, user }, pod, around }: Write): string | undefined => {
  const { namespaces: exempt, usernames, runtimeClasses } = around.podSecurity.exemptions;
  if (exempt.includes(namespace)) return "namespace";
  if (usernames.includes(user.name)) return "user";
  return runtimeClasses.includes(pod.spec.runtimeClassName ?? "") ? "runtimeClass" : undefined;
};

/** Holds the pod against the policy of its namespace; what is not enforced is only told. */
const judge = (write: Write, isEnforced: boolean): Verdict => {
  const { attributes, around, evaluated } = write;
  const exemption = exemptionOf(write);
  if (exemption !== undefined) {
    around.metrics.podSecurity.exempted(evaluated);
    around.annotate(`${ANNOTATION}exempt`, () => exemption);
    return undefined;
  }
  const labels = around.find(namespaces, "", attributes.namespace)?.metadata?.labels;
  const policy = policyOf(labels, around.podSecurity.defaults);
  if (isEnforced) around.annotate(`${ANNOTATION}enforce-policy`, () => levelText(policy.enforce));
  if (isPrivileged(policy)) {
    if (isEnforced) count(write, "enforce", policy.enforce, true);
    return undefined;
  }
  tellErrors(write, labels);
  return judgeBy(policy, write, isEnforced);
};

/** Labels that cannot be read were written before anybody looked. */
const tellErrors = ({ around, evaluated }: Write, labels: Parameters<typeof policyErrors>[0]): void => {
  const errors = policyErrors(labels);
  if (errors.length === 0) return;
  around.metrics.podSecurity.failed(evaluated);
  around.annotate(
    `${ANNOTATION}error`,
    () => `Failed to parse policy: ${errors.map(({ field, message }) => `${field}: ${message}`).join(", ")}`,
  );
};

const judgeBy = (policy: Policy, write: Write, isEnforced: boolean): Verdict => {
  const { attributes, around } = write;
  const enforced = isEnforced ? violated(write, "enforce", policy.enforce) : undefined;
  const audited = violated(write, "audit", policy.audit);
  if (audited !== undefined) around.annotate(`${ANNOTATION}audit-violations`, () => `would violate ${audited}`);
  if (enforced !== undefined) return refuse(attributes, `violates ${enforced}`);
  const warned = violated(write, "warn", policy.warn);
  if (warned !== undefined) around.warn(`would violate ${warned}`);
  return undefined;
};

/** What the pod violates, told; undefined: nothing. */
const violated = (write: Write, mode: Mode, level: LevelVersion): string | undefined => {
  const violations = violationsOf(write.pod, level);
  const isAllowed = violations.length === 0;
  if (mode === "enforce" || !isAllowed) count(write, mode, level, isAllowed);
  return isAllowed ? undefined : `PodSecurity ${JSON.stringify(levelText(level))}: ${detailText(violations)}`;
};

const count = ({ around, evaluated }: Write, mode: Mode, level: LevelVersion, isAllowed: boolean): void =>
  around.metrics.podSecurity.evaluated(evaluated, mode, { level, isAllowed });

/** Where a kind that makes pods has their template. */
const TEMPLATES: { readonly [groupResource: string]: (object: never) => V1PodTemplateSpec | undefined } = {
  "/podtemplates": ({ template }: V1PodTemplate) => template,
  "batch/cronjobs": ({ spec }: V1CronJob) => spec?.jobTemplate.spec?.template,
  ...Object.fromEntries(
    ["/replicationcontrollers", "apps/replicasets", "apps/deployments", "apps/statefulsets", "apps/daemonsets", "batch/jobs"].map(
      (name) => [name, ({ spec }: V1Deployment) => spec?.template],
    ),
  ),
};

const podIn = ({ metadata, spec }: V1PodTemplateSpec = {}): PodLike | undefined => spec && { metadata, spec };

/** A pod's security does not change, but by containers that are put into it. */
const isPodWrite = (attributes: Attributes): boolean =>
  (attributes.operation === "CREATE" && isFor(attributes, pods)) || isFor(attributes, pods, "ephemeralcontainers");

const validate = (attributes: Attributes, around: Surroundings): Verdict => {
  const { object, kind, subresource } = attributes;
  if (object === undefined) return undefined;
  if (isFor(attributes, namespaces)) return judgeNamespace(attributes, around);
  const isPod = isPodWrite(attributes);
  if (!isPod && subresource !== "") return undefined;
  const pod = podIn(isPod ? object : TEMPLATES[`${kind.group}/${kind.resource}`]?.(object as never));
  if (pod === undefined) return undefined;
  return judge({ attributes, around, pod, evaluated: evaluatedIn(attributes, isPod ? "pod" : "controller") }, isPod);
};

export const podSecurity: Plugin = { name: "PodSecurity", validate };
