// The objects that a binding gives a policy as its parameters.
// upstream: apiserver/pkg/admission/plugin/policy/generic/policy_dispatcher.go CollectParams
import type { V1ParamKind, V1ParamRef } from "#api/generated/types.ts";
import type { Kind } from "#api/kind.ts";
import type { KubeObject } from "#api/meta/object.ts";
import { matches, selectorOf } from "#api/meta/selector.ts";
import { namespaceOf } from "../webhooks/match.ts";
import type { Attributes, Surroundings } from "../plugin.ts";
import type { ReadyBinding, ReadyPolicy } from "./compiled.ts";

/** A policy that cannot be asked as it stands. */
export class Misconfigured extends Error {}

/** The parameters with which the policy is asked, each in its turn: one null for a policy without. Throws: Misconfigured. */
export const paramsOf = (
  policy: ReadyPolicy,
  binding: ReadyBinding,
  attributes: Attributes,
  around: Surroundings,
): readonly (KubeObject | null)[] => {
  const { paramKind } = policy.spec;
  const { paramRef } = binding.spec;
  if (paramKind === undefined || paramRef === undefined) return [null];
  const kind = kindOf(paramKind, around);
  const found = selected(kind, paramRef, { namespace: namespaceFor(kind, paramRef, attributes), around });
  if (found.length === 0 && paramRef.parameterNotFoundAction === "Deny") {
    throw new Misconfigured("no params found for policy binding with `Deny` parameterNotFoundAction");
  }
  return found;
};

const kindOf = ({ apiVersion = "", kind = "" }: V1ParamKind, around: Surroundings): Kind => {
  const [version = "", group = ""] = apiVersion.split("/").toReversed();
  const found = around.ofType({ group, version, kind });
  if (found === undefined) throw new Misconfigured(`failed to find resource referenced by paramKind: '${apiVersion}, Kind=${kind}'`);
  return found;
};

const namespaceFor = ({ namespaced }: Kind, { namespace = "" }: V1ParamRef, attributes: Attributes): string => {
  if (!namespaced) {
    if (namespace !== "") throw new Misconfigured("paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
    return "";
  }
  const own = namespace === "" ? namespaceOf(attributes) : namespace;
  if (own === "") throw new Misconfigured("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
  return own;
};

type Within = { readonly namespace: string; readonly around: Surroundings };

const selected = (kind: Kind, { name = "", selector }: V1ParamRef, { namespace, around }: Within): readonly KubeObject[] => {
  if (name !== "") {
    const found = around.find(kind, namespace, name);
    return found === undefined ? [] : [found];
  }
  const wanted = selectorOf(selector ?? {});
  return [...around.list(kind, namespace === "" ? undefined : namespace)].filter(({ metadata }) => matches(wanted, metadata?.labels));
};
