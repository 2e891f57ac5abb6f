// eviction: a deletion that may be refused to keep a service up. upstream: pkg/registry/core/pod/storage/eviction.go
import type { V1Eviction, V1Pod, V1Status } from "#api/generated/types.ts";
import { toTime } from "#lib/clock.ts";
import { isDryRun, type Call, type Core } from "../core.ts";
import { deleteAs } from "../pipeline/delete.ts";
import { current } from "../pipeline/storage.ts";
import { admittedBody } from "./admitted.ts";
import { amend } from "./amend.ts";
import { setPodCondition } from "./pod-condition.ts";
import { success } from "./success.ts";

const CONDITION = { type: "DisruptionTarget", status: "True", reason: "EvictionByEvictionAPI", message: "Eviction API: evicting" };

/** Evicts the call's pod. Throws: NotFound, Conflict. */
export const evict = async (core: Core, call: Call): Promise<V1Status> => {
  const { deleteOptions = {} } = await admittedBody<V1Eviction>(core, call);
  const isDry = isDryRun(call) || deleteOptions.dryRun?.includes("All") === true;
  const { object } = current(core, call);
  if (!isDry && lives(object)) {
    const now = toTime(core.ports.clock.now());
    await amend<V1Pod>(core, call, (pod) => {
      pod.status = { ...pod.status };
      setPodCondition(pod.status, CONDITION, now);
    });
  }
  // The condition has moved the revision on; the client's precondition was on what it saw.
  const { preconditions, ...options } = deleteOptions;
  const uid = preconditions?.uid ?? object.metadata.uid;
  await deleteAs(core, { ...call, subresource: "" }, { ...options, preconditions: { uid }, ...(isDry ? { dryRun: ["All"] } : {}) });
  return success(201);
};

const lives = ({ metadata, status }: V1Pod): boolean =>
  metadata?.deletionTimestamp === undefined && status?.phase !== "Succeeded" && status?.phase !== "Failed";
