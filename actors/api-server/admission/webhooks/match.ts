// Whether a webhook is asked about a request, and in which version of its object.
// upstream: apiserver/pkg/admission/plugin/webhook/generic/webhook.go ShouldCallHook
import type { V1NamedRuleWithOperations } from "#api/generated/types.ts";
import { namespaces } from "#api/core/v1/namespace.ts";
import type { Kind } from "#api/kind.ts";
import type { KubeObject } from "#api/meta/object.ts";
import { matches, type Labels, type Selector } from "#api/meta/selector.ts";
import { notFound } from "#api/meta/status.ts";
import type { Attributes, Surroundings } from "../plugin.ts";
import type { Hook } from "./hook.ts";
import { isRuledBy, type Ruled } from "./rules.ts";

/** One webhook, and what it is asked about. */
export type Invocation = {
  readonly hook: Hook;
  readonly attributes: Attributes;
  /** The kind in whose version it sees the objects. */
  readonly kind: Kind;
};

/** What says which requests somebody is asked about. */
export type Selecting = {
  readonly rules: readonly V1NamedRuleWithOperations[] | undefined;
  readonly matchPolicy: string | undefined;
  readonly namespaces: Selector;
  readonly objects: Selector;
};

const isEmpty = ({ requirements, selectsNothing }: Selector): boolean => requirements.length === 0 && !selectsNothing;

const isNamespace = ({ kind }: Attributes): boolean => kind.group === "" && kind.resource === "namespaces";

/** The namespace that a request is in: that of a Namespace is itself. */
export const namespaceOf = (attributes: Attributes): string =>
  isNamespace(attributes) && attributes.operation !== "CREATE" ? attributes.name : attributes.namespace;

/** The request as rules see it, in the version of a kind. */
export const ruledAs = (attributes: Attributes, { group, version, resource }: Kind): Ruled => ({
  operation: attributes.operation,
  group,
  version,
  resource,
  subresource: attributes.subresource,
  namespace: namespaceOf(attributes),
  name: attributes.name,
});

/** Throws: NotFound. */
const namespaceLabels = (attributes: Attributes, around: Surroundings): Labels | undefined => {
  // of a namespace that is being written the new labels count
  if (isNamespace(attributes) && attributes.subresource === "" && attributes.object !== undefined)
    return attributes.object.metadata?.labels;
  const name = namespaceOf(attributes);
  const found = around.find(namespaces, "", name);
  if (found === undefined) throw notFound({ group: "", resource: "namespaces", name });
  return found.metadata?.labels;
};

const isNamespaceSelected = (selector: Selector, attributes: Attributes, around: Surroundings): boolean => {
  if (isEmpty(selector) || (namespaceOf(attributes) === "" && !isNamespace(attributes))) return true;
  return matches(selector, namespaceLabels(attributes, around));
};

const isObjectSelected = (selector: Selector, { object, old }: Attributes): boolean => {
  const has = (one: KubeObject | undefined): boolean => one?.metadata !== undefined && matches(selector, one.metadata.labels);
  return isEmpty(selector) || has(object) || has(old);
};

/** The kind as which the rules name the request: its own, else an equivalent one unless the webhook is exact. */
const kindAsked = ({ rules = [], matchPolicy }: Selecting, attributes: Attributes, around: Surroundings): Kind | undefined => {
  const own = ruledAs(attributes, attributes.kind);
  if (rules.some((rule) => isRuledBy(rule, own))) return attributes.kind;
  if (matchPolicy === "Exact" || rules.length === 0) return undefined;
  const others = around.versionsOf(attributes.kind);
  for (const rule of rules) {
    const found = others.find((kind) => isRuledBy(rule, ruledAs(attributes, kind)));
    if (found !== undefined) return found;
  }
  return undefined;
};

/** The kind in whose version the request is selected; undefined: it is not. Throws: NotFound of the request's namespace. */
export const kindSelected = (selecting: Selecting, attributes: Attributes, around: Surroundings): Kind | undefined => {
  if (!isObjectSelected(selecting.objects, attributes)) return undefined;
  const kind = kindAsked(selecting, attributes, around);
  return kind !== undefined && isNamespaceSelected(selecting.namespaces, attributes, around) ? kind : undefined;
};

/** How the webhook is asked about the request; undefined: it is not. Throws: NotFound of the request's namespace. */
export const invocationOf = async (hook: Hook, attributes: Attributes, around: Surroundings): Promise<Invocation | undefined> => {
  const { rules, matchPolicy } = hook.webhook;
  const kind = kindSelected({ ...hook, rules, matchPolicy }, attributes, around);
  return kind === undefined ? undefined : { hook, attributes, kind };
};
