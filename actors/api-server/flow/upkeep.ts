// Keeps the flow control objects as they must be: the defaults are there, and each schema says whether its level is.
// upstream: pkg/registry/flowcontrol/rest/storage_flowcontrol.go, flowcontrol.configController.syncOne
import { flowSchemas, type FlowSchema } from "#api/flowcontrol/v1/flow-schema.ts";
import { priorityLevelConfigurations } from "#api/flowcontrol/v1/priority-level-configuration.ts";
import type { KubeObject } from "#api/meta/object.ts";
import type { Resource } from "#api/meta/resource.ts";
import { isReason } from "#api/meta/status.ts";
import type { Client } from "#lib/client.ts";
import { toTime, type Clock } from "#lib/clock.ts";
import type { ObjectSource } from "../objects.ts";
import { FLOW_SCHEMAS, PRIORITY_LEVELS } from "./defaults.ts";

/** What the upkeep reads. */
type Sources = { readonly objects: ObjectSource; readonly clock: Clock };

/** Writes the defaults that are not there, and what schemas do not say yet of their levels. Throws: ApiError. */
export const keepFlowObjects = async (client: Client, { objects, clock }: Sources, signal: AbortSignal): Promise<void> => {
  await ensure(client, objects, [priorityLevelConfigurations, PRIORITY_LEVELS, signal]);
  await ensure(client, objects, [flowSchemas, FLOW_SCHEMAS, signal]);
  const now = toTime(clock.now());
  const next = [...objects.list(flowSchemas)].flatMap((schema) => withDangling(schema, { isFound: hasLevel(objects, schema), now }) ?? []);
  await Promise.all(next.map((schema) => mark(client, schema, signal)));
};

const mark = async (client: Client, schema: FlowSchema, signal: AbortSignal): Promise<void> => {
  try {
    await client.update(flowSchemas, schema, { subresource: "status" }, signal);
  } catch (error) {
    if (!isReason(error, "Conflict") && !isReason(error, "NotFound")) throw error; // the next round sees what it has become
  }
};

type Wanted<T> = readonly [Resource<T & KubeObject>, readonly T[], AbortSignal];

const ensure = async <T extends KubeObject>(client: Client, objects: ObjectSource, [resource, all, signal]: Wanted<T>): Promise<void> => {
  const missing = all.filter(({ metadata }) => objects.get(resource, { name: metadata?.name ?? "" }) === undefined);
  await Promise.all(
    missing.map((object) =>
      client.create(resource, object, {}, signal).catch((error: unknown) => {
        if (!isReason(error, "AlreadyExists")) throw error;
      }),
    ),
  );
};

const hasLevel = (objects: ObjectSource, { spec }: FlowSchema): boolean =>
  objects.get(priorityLevelConfigurations, { name: spec?.priorityLevelConfiguration.name ?? "" }) !== undefined;

type Finding = { readonly isFound: boolean; readonly now: string };

/** The schema with its condition `Dangling`; undefined: it has it. */
const withDangling = (schema: FlowSchema, { isFound, now }: Finding): FlowSchema | undefined => {
  const name = schema.spec?.priorityLevelConfiguration.name ?? "";
  const condition = isFound
    ? {
        status: "False",
        reason: "Found",
        message: `This FlowSchema references the PriorityLevelConfiguration object named "${name}" and it exists`,
      }
    : {
        status: "True",
        reason: "NotFound",
        message: `This FlowSchema references the PriorityLevelConfiguration object named "${name}" but there is no such object`,
      };
  const conditions = schema.status?.conditions ?? [];
  const present = conditions.find(({ type }) => type === "Dangling");
  if (present?.status === condition.status && present.message === condition.message) return undefined;
  const others = conditions.filter(({ type }) => type !== "Dangling");
  return { ...schema, status: { conditions: [...others, { type: "Dangling", lastTransitionTime: now, ...condition }] } };
};
