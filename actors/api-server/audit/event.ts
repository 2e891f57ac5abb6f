// One audit event, as it is written. Pure. upstream: apiserver/pkg/apis/audit/v1 Event
import type { V1ObjectMeta, V1Status, V1UserInfo } from "#api/generated/types.ts";
import type { ApiRequest, User } from "#lib/api.ts";
import { toMicroTime } from "#lib/clock.ts";
import type { Attributes } from "../authorizer.ts";
import { includes, type Scope, type Stage } from "./policy.ts";

/** A request, as the audit log knows it from its beginning. */
export type Audited = {
  readonly id: string;
  readonly scope: Scope;
  readonly uri: string;
  /** Who asked; undefined: nobody knows. */
  readonly user: User | undefined;
  /** As whom, if not as themselves. */
  readonly impersonated: User | undefined;
  readonly sources: readonly string[];
  readonly userAgent: string | undefined;
  readonly attributes: Attributes;
  /** Undefined: a path that is no resource. */
  readonly request: ApiRequest | undefined;
  readonly receivedAt: number;
};

/** How it was answered. Streams have no body; where there is none, what is told of the answer stands beside its code. */
export type Answered = Pick<V1Status, "status" | "reason" | "message"> & { readonly code: number; readonly body?: Uint8Array | undefined };

const decoder = new TextDecoder();

const infoOf = ({ name, uid, groups, extra }: User): V1UserInfo => ({
  username: name,
  ...(uid === undefined ? {} : { uid }),
  groups,
  ...(extra === undefined ? {} : { extra }),
});

/** What is known when an event is written. */
type Written = {
  readonly now: number;
  readonly answered: Answered | undefined;
  readonly annotations: { readonly [key: string]: string } | undefined;
};

/** The event of a stage. */
export const eventOf = (audited: Audited, stage: Stage, { now, answered, annotations }: Written) => {
  const { id, scope, uri, user, impersonated, sources, userAgent, attributes, request, receivedAt } = audited;
  return {
    kind: "Event",
    apiVersion: "audit.k8s.io/v1",
    level: scope.level,
    auditID: id,
    stage,
    requestURI: uri,
    verb: attributes.verb,
    user: user === undefined ? {} : infoOf(user),
    ...(impersonated === undefined ? {} : { impersonatedUser: infoOf(impersonated) }),
    sourceIPs: sources,
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(request === undefined ? {} : { objectRef: refOf(request, answered === undefined ? {} : writtenIn(request)) }),
    ...(answered === undefined ? {} : outcomeOf(audited, answered)),
    requestReceivedTimestamp: toMicroTime(receivedAt),
    stageTimestamp: toMicroTime(now),
    ...(annotations === undefined ? {} : { annotations }),
  };
};

type Named = Pick<V1ObjectMeta, "name" | "uid" | "resourceVersion">;

/** What the object that is to be written says of itself: a path names nothing that is created. upstream: audit.LogRequestObject */
const writtenIn = ({ verb, body }: ApiRequest): Named => {
  if (body === undefined || (verb !== "create" && verb !== "update")) return {};
  return (jsonOf(body) as { readonly metadata?: Named } | undefined)?.metadata ?? {};
};

const refOf = ({ group, version, resource, namespace, name, subresource }: ApiRequest, written: Named) => ({
  resource,
  namespace,
  name: name ?? written.name,
  uid: written.uid,
  ...(group === "" ? {} : { apiGroup: group }),
  apiVersion: version,
  resourceVersion: written.resourceVersion,
  subresource,
});

const outcomeOf = ({ scope, request }: Audited, { body, ...told }: Answered) => {
  const answer = body === undefined ? undefined : jsonOf(body);
  const asked = includes(scope.level, "Request") && request?.body !== undefined ? jsonOf(request.body) : undefined;
  return {
    responseStatus: { metadata: {}, ...statusOf(answer), ...told },
    ...(asked === undefined ? {} : { requestObject: shown(asked, scope) }),
    ...(scope.level === "RequestResponse" && answer !== undefined ? { responseObject: shown(answer, scope) } : {}),
  };
};

/** A failure says why. */
const statusOf = (answer: unknown): Partial<V1Status> => {
  const { kind, status, message, reason, details } = (answer ?? {}) as V1Status;
  return kind === "Status" ? { status, message, reason, details } : {};
};

const jsonOf = (bytes: Uint8Array): unknown => {
  try {
    return bytes.length === 0 ? undefined : (JSON.parse(decoder.decode(bytes)) as unknown);
  } catch {
    return undefined; // YAML, or what is no object at all
  }
};

type WithMeta = { readonly metadata?: { readonly managedFields?: unknown }; readonly items?: readonly WithMeta[] };

const shown = (object: unknown, { omitManagedFields }: Scope): unknown =>
  omitManagedFields ? withoutManagers(object as WithMeta) : object;

const withoutManagers = (object: WithMeta): WithMeta => {
  const { managedFields: _managers, ...metadata } = object.metadata ?? {};
  const items = object.items?.map(withoutManagers);
  return { ...object, ...(object.metadata === undefined ? {} : { metadata }), ...(items === undefined ? {} : { items }) };
};
