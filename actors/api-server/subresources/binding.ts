// binding: the scheduler's word on which node a pod runs.
// upstream: pkg/registry/core/pod/storage/storage.go BindingREST
//
// C1 a pod that has a node never gets another.
import type { V1Binding, V1Pod, V1Status } from "#api/generated/types.ts";
import { checkBinding } from "#api/core/v1/binding.ts";
import { pods } from "#api/core/v1/pod.ts";
import type { Draft } from "#api/meta/object.ts";
import { conflict, invalid, type ApiError } from "#api/meta/status.ts";
import { toTime } from "#lib/clock.ts";
import type { Call, Core } from "../core.ts";
import { decodeBody } from "../pipeline/decode.ts";
import { admittedBody } from "./admitted.ts";
import { amend } from "./amend.ts";
import { setPodCondition } from "./pod-condition.ts";
import { success } from "./success.ts";

/** Binds the call's pod to the node that the body names. Throws: Invalid, NotFound, Conflict. */
export const bind = async (core: Core, call: Call): Promise<V1Status> => {
  const binding = await admittedBody<V1Binding>(core, call);
  const errors = [...checkBinding(binding)];
  if (errors.length > 0) throw invalid({ group: "", kind: "Binding", name: call.name }, errors);
  const now = toTime(core.ports.clock.now());
  await amend<V1Pod>(core, call, (pod) => assign(pod, binding, now));
  return success(201);
};

/** `bindings`: the older door, where the body alone names the pod. */
export const bindByName = (core: Core, call: Call): Promise<V1Status> => {
  const { name = "" } = decodeBody(call).metadata ?? {};
  return bind(core, { ...call, kind: pods, subresource: "binding", body: pods.subresources["binding"], name });
};

const assign = (pod: Draft<V1Pod>, { metadata = {}, target }: V1Binding, now: string): void => {
  const why = obstacle(pod, metadata.uid);
  if (why !== undefined) throw refusal(pod, why);
  pod.spec = { containers: [], ...pod.spec, nodeName: target.name ?? "" };
  pod.metadata = {
    ...pod.metadata,
    ...merged("annotations", pod.metadata?.annotations, metadata.annotations),
    ...merged("labels", metadata.labels, pod.metadata?.labels),
  };
  pod.status = { ...pod.status };
  setPodCondition(pod.status, { type: "PodScheduled", status: "True" }, now);
};

type Texts = { readonly [key: string]: string } | undefined;

/** Of two values the later wins: a binding's annotations do, its labels do not. upstream: setPodNodeAndMetadata */
const merged = (field: string, first: Texts, second: Texts): { readonly [field: string]: { [key: string]: string } } =>
  first === undefined && second === undefined ? {} : { [field]: { ...first, ...second } };

const obstacle = (pod: V1Pod, uid: string | undefined): string | undefined => {
  const { name = "", uid: own = "", deletionTimestamp } = pod.metadata ?? {};
  if (uid !== undefined && uid !== own) return `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${own}`;
  if (deletionTimestamp !== undefined) return `pod ${name} is being deleted, cannot be assigned to a host`;
  return placed(pod, name);
};

const placed = ({ spec }: V1Pod, name: string): string | undefined => {
  const { nodeName = "", schedulingGates = [] } = spec ?? {};
  if (nodeName !== "") return `pod ${name} is already assigned to node ${JSON.stringify(nodeName)}`;
  return schedulingGates.length > 0 ? `pod ${name} has non-empty .spec.schedulingGates` : undefined;
};

const refusal = ({ metadata }: V1Pod, why: string): ApiError =>
  conflict({ group: "", resource: "pods/binding", name: metadata?.name }, why);
