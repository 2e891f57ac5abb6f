// What the API server is given. Everything it does not decide itself comes in here.
import type { Kind } from "#api/kind.ts";
import type { KubeObject } from "#api/meta/object.ts";
import { defaultPodSecurity, type PodSecurityConfiguration } from "#api/pod-security/configuration.ts";
import type { User } from "#lib/api.ts";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import type { NodeTransport } from "#lib/node-api.ts";
import type { Random } from "#lib/random.ts";
import type { Store } from "#lib/store.ts";
import type { Auditor } from "./audit/auditor.ts";
import type { Authorizer } from "./authorizer.ts";
import type { EscalationCheck } from "./authz/escalation.ts";
import type { Breathe } from "./flow/pace.ts";
import type { Scheme } from "./scheme.ts";
import type { WebhookCaller } from "./webhooks/caller.ts";

/** An object that a token is asked for: its ServiceAccount, and what the token may be bound to. */
export type TokenSubject = {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
};

/** Signs service account tokens: the `token` subresource. */
export interface TokenIssuer {
  /**
   * Fills in the status of a TokenRequest. `bound` is the live object that spec.boundObjectRef names, already checked.
   * Throws: ApiError.
   */
  issue(account: TokenSubject, request: KubeObject, bound: KubeObject | undefined): Promise<KubeObject>;
}

/** Answers the kinds that are never stored: TokenReview, SubjectAccessReview and their like. */
export interface Reviews {
  /** The review with its status. `namespace` is the request's, "" for none. Throws: ApiError. */
  review(user: User, kind: Kind, review: KubeObject, namespace: string): Promise<KubeObject>;
}

/** What a cluster is set up with. */
export type ApiServerConfig = {
  /** Service addresses, such as `10.96.0.0/16`; the first is the API server's own. */
  readonly serviceCidr: string;
  readonly nodePorts: { readonly first: number; readonly last: number };
  /** Where clients reach the API server: the endpoint of the Service `default/kubernetes`. */
  readonly advertise: { readonly address: string; readonly port: number };
  /** How many requests run at once: the sum is divided among the priority levels. */
  readonly maxReading: number;
  readonly maxWriting: number;
  /** How long a change is remembered for watches that resume, milliseconds; delete markers are dropped after it too. */
  readonly historyMs: number;
  readonly historyEvents: number;
  readonly bookmarkMs: number;
  /** How long an event is kept after its last change, milliseconds. */
  readonly eventTtlMs: number;
  /** How many events may wait for a watcher before it is cut off. */
  readonly maxWaitingEvents: number;
  /** Other API servers write to the store: a read without a revision first asks the store for the newest. */
  readonly shared: boolean;
  /** What pods may do where their namespace does not say, and who is exempt. */
  readonly podSecurity: PodSecurityConfiguration;
};

/** What holds unless a cluster says otherwise. upstream: kube-apiserver's flags */
export const defaultConfig: ApiServerConfig = {
  serviceCidr: "10.96.0.0/16",
  nodePorts: { first: 30_000, last: 32_767 },
  advertise: { address: "127.0.0.1", port: 6443 },
  maxReading: 400,
  maxWriting: 200,
  historyMs: 300_000,
  historyEvents: 100_000,
  bookmarkMs: 60_000,
  eventTtlMs: 3_600_000,
  maxWaitingEvents: 1_000,
  shared: false,
  podSecurity: defaultPodSecurity,
};

export type ApiServerPorts = {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly scheme: Scheme;
  readonly nodes: NodeTransport;
  readonly webhooks: WebhookCaller;
  readonly config: ApiServerConfig;
  /** Keeps what is worth keeping about requests. */
  readonly audit?: Auditor | undefined;
  /** Lets the process hear who else has come, between requests: `setImmediate`. Default: it need not. */
  readonly breathe?: Breathe | undefined;
};

/** Who decides what a user may do, and answers questions about that. */
export type Guards = {
  readonly authorizer: Authorizer;
  readonly reviews: Reviews;
  readonly tokens: TokenIssuer;
  /** Keeps users from giving rights that they lack. */
  readonly escalation: EscalationCheck;
};
