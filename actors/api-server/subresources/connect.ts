// Connections to what is behind an object: whether admission lets them be. Whoever holds the client's connection makes them.
// upstream: apiserver/pkg/endpoints/handlers/rest.go ConnectResource, pkg/apis/core/v1/conversion.go
import type { JsonObject } from "#api/meta/json.ts";
import type { Draft, KubeObject } from "#api/meta/object.ts";
import { apiVersionOf } from "#api/meta/resource.ts";
import { badRequest } from "#api/meta/status.ts";
import type { RequestOptions } from "#lib/api.ts";
import { judge, mutate } from "../admission/admit.ts";
import type { Attributes } from "../admission/plugin.ts";
import type { Call, Core } from "../core.ts";
import { surroundingsOf } from "../pipeline/surroundings.ts";

/** The options that a kind has, by what they are named in the query. */
const FIELDS: { readonly [kind: string]: readonly string[] } = {
  PodAttachOptions: ["stdin", "stdout", "stderr", "tty", "container"],
  PodExecOptions: ["stdin", "stdout", "stderr", "tty", "container", "command"],
  PodPortForwardOptions: ["ports"],
};

/** What follows a proxy's own path. */
const PROXIED = ["path"];

/** Throws: BadRequest. upstream: conversion.Convert_Slice_string_To_Slice_int32 */
const portNumbers = (ports: readonly string[]): readonly number[] =>
  ports
    .flatMap((text) => text.split(","))
    .map((text) => {
      if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
      return Number(text);
    });

/** The fields that are not empty, as they are written. */
const given = (fields: readonly string[], options: RequestOptions): JsonObject => {
  const values = fields.map((field) => [field, options[field]] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined && value !== false && value !== ""));
};

/** A connection's options as an object. Throws: BadRequest. */
const optionsOf = ({ body, options }: Call): JsonObject => {
  const { kind = "", group = "", version = "" } = body ?? {};
  const type = { kind, apiVersion: apiVersionOf({ group, version }) };
  const { ports, ...others } = given(FIELDS[kind] ?? PROXIED, options);
  return { ...type, ...others, ...(ports === undefined ? {} : { ports: portNumbers(ports as readonly string[]) }) };
};

/** The options of a connection that is let in. Throws: ApiError. */
export const admittedConnection = async (core: Core, call: Call): Promise<KubeObject> => {
  const { user, kind, subresource, namespace, name } = call;
  const object = optionsOf(call) as Draft<KubeObject>;
  const about: Attributes = { user, operation: "CONNECT", kind, subresource, namespace, name, object, old: undefined, dryRun: false };
  await mutate(about, surroundingsOf(core, call));
  await judge(about, surroundingsOf(core, call));
  return object;
};
