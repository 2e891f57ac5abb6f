// What an admission plugin is: one rule on writes. upstream: apiserver/pkg/admission/interfaces.go
import type { Kind } from "#api/kind.ts";
import type { JsonObject } from "#api/meta/json.ts";
import type { Draft, KubeObject, Stored } from "#api/meta/object.ts";
import type { Resource } from "#api/meta/resource.ts";
import { forbidden, type ApiError } from "#api/meta/status.ts";
import type { PodSecurityConfiguration } from "#api/pod-security/configuration.ts";
import type { User } from "#lib/api.ts";
import type { Random } from "#lib/random.ts";
import type { Level } from "../audit/policy.ts";
import type { Attributes as AuthorizedAttributes, Decision, ResourceAttributes } from "../authorizer.ts";
import type { TypeName } from "../scheme.ts";
import type { WebhookCaller } from "../webhooks/caller.ts";
import type { AdmissionMetrics } from "./metrics/admission-metrics.ts";
import type { Operation } from "./operation.ts";
import type { Reinvocation } from "./reinvocation.ts";

/** A write or a connection, as plugins see it. */
export type Attributes = {
  readonly user: User;
  readonly operation: Operation;
  readonly kind: Kind;
  readonly subresource: string;
  readonly namespace: string;
  /** "" at the creation of an object whose name is generated. */
  readonly name: string;
  /** The object to be stored, or a connection's options; nobody else holds it, and a mutating plugin writes to it. Undefined for DELETE. */
  readonly object: Draft<KubeObject> | undefined;
  /** The object as it is. Undefined for CREATE and CONNECT. */
  readonly old: KubeObject | undefined;
  readonly dryRun: boolean;
};

/** What plugins may look at, and whom they may ask. */
export type Surroundings = {
  readonly random: Random;
  readonly webhooks: WebhookCaller;
  readonly podSecurity: PodSecurityConfiguration;
  /** Aborted when the client waits no longer. */
  readonly signal: AbortSignal;
  /** What the client asked for beside the object: CreateOptions, UpdateOptions, PatchOptions, DeleteOptions. Null for CONNECT. */
  readonly options: JsonObject | null;
  readonly reinvocation: Reinvocation;
  readonly metrics: AdmissionMetrics;
  /** Tells the client. */
  warn(message: string): void;
  /** Tells the audit log, where it keeps at least `least` of the request. Default: whatever it keeps. */
  annotate(key: string, value: () => string, least?: Level): void;
  /** The kinds that are this one in other versions. */
  versionsOf(kind: Kind): readonly Kind[];
  /** The object in another version of its kind. Throws: ApiError. */
  convert(object: KubeObject, from: Kind, to: Kind): Promise<KubeObject>;
  /** What is made of the request's object, as if a client had sent it: without unknown fields, with defaults. */
  complete(object: JsonObject, kind: Kind): Draft<KubeObject>;
  /** An object as it is now. Shared: never written to. */
  find<T extends KubeObject>(resource: Resource<T>, namespace: string, name: string): T | undefined;
  list<T extends KubeObject>(resource: Resource<T>, namespace?: string): Iterable<T>;
  /** After a miss: waits until everything that was written before is here. */
  catchUp(resource: Resource): Promise<void>;
  pause(ms: number): Promise<void>;
  /** The kind that an object names by apiVersion and kind; undefined: it is not served. */
  ofType(type: TypeName): Kind | undefined;
  /** What a user may do. */
  decide(user: User, attributes: AuthorizedAttributes): Decision;
  /** Whether the request's user may do this too. */
  may(attributes: ResourceAttributes): boolean;
  now(): number;
  /** Does one thing of a name at a time. */
  inTurn<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Writes an object that has changed since it was found. False: somebody was quicker, and what he wrote is here now. */
  replace(kind: Kind, object: Stored): Promise<boolean>;
};

export type Verdict = ApiError | undefined;

/** Half of a rule. */
export type Half = (attributes: Attributes, around: Surroundings) => Verdict | Promise<Verdict>;

/** One rule. Each half answers a refusal or nothing. */
export type Plugin = {
  readonly name: string;
  /** It has a say about connections too. */
  readonly connects?: boolean | undefined;
  /** Completes `attributes.object`. */
  readonly admit?: Half;
  /** Judges the object as it is to be stored. */
  readonly validate?: Half;
};

/** True for a write to the resource itself, not to a subresource. */
export const isFor = ({ kind, subresource }: Attributes, resource: Resource, of = ""): boolean =>
  kind.resource === resource.resource && kind.group === resource.group && subresource === of;

/** A refusal in the words of upstream's admission.NewForbidden. */
export const refuse = ({ kind, name, object }: Attributes, why: string): ApiError => {
  const { name: own = "", generateName = "" } = object?.metadata ?? {};
  const shown = [name, own, generateName].find((text) => text !== "") ?? "Unknown";
  return forbidden({ group: kind.group, resource: kind.resource, name: shown }, why);
};
