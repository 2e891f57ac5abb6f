// What policies of admission are about: resources, their parameters, bindings to both.
// upstream: pkg/apis/admissionregistration/validation/validation.go (validateMatchResources, validateParamKind, validateParamRef)
import type { V1MatchResources, V1NamedRuleWithOperations, V1ParamKind, V1ParamRef } from "#api/generated/types.ts";
import { broken, each, isEmpty, needed, neededOneOf, oneOf, type Check } from "#api/meta/check.ts";
import { duplicate, forbiddenField, required } from "#api/meta/field-error.ts";
import { dns1035Label, dns1123Subdomain, pathSegmentName } from "#api/meta/names.ts";
import type { Draft, KubeObject } from "#api/meta/object.ts";
import { checkLabelSelector } from "#api/meta/validate-selector.ts";
import { checkOperationRules, defaultRules } from "./rules.ts";

/** Completes constraints. upstream: SetDefaults_MatchResources */
export const defaultMatchResources = (match: Draft<V1MatchResources> | undefined): void => {
  if (match === undefined) return;
  match.matchPolicy ??= "Equivalent";
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  defaultRules(match.resourceRules);
  defaultRules(match.excludeResourceRules);
};

function* checkNamedRules(path: string, rules: readonly V1NamedRuleWithOperations[] | undefined): Check {
  yield* checkOperationRules(path, rules);
  for (const [{ resourceNames = [] }, at] of each(path, rules)) {
    for (const [name, where, index] of each(`${at}.resourceNames`, resourceNames)) {
      yield* broken(where, name, pathSegmentName(name));
      if (resourceNames.indexOf(name) < index) yield duplicate(where, name);
    }
  }
}

/** Constraints of a policy (which need rules) or a binding. */
export function* checkMatchResources(path: string, match: V1MatchResources): Check {
  yield* checkLabelSelector(`${path}.namespaceSelector`, match.namespaceSelector);
  yield* checkLabelSelector(`${path}.objectSelector`, match.objectSelector);
  yield* checkNamedRules(`${path}.resourceRules`, match.resourceRules);
  yield* checkNamedRules(`${path}.excludeResourceRules`, match.excludeResourceRules);
  yield* oneOf(`${path}.matchPolicy`, match.matchPolicy, ["Equivalent", "Exact"]);
}

/** The constraints of a policy: there are some, with rules. */
export function* checkConstraints(path: string, match: V1MatchResources | undefined): Check {
  if (match === undefined) yield required(path);
  else {
    yield* checkMatchResources(path, match);
    if ((match.resourceRules ?? []).length === 0) yield required(`${path}.resourceRules`);
  }
}

/** What kind of objects a policy takes its parameters from. */
export function* checkParamKind(path: string, paramKind: V1ParamKind | undefined): Check {
  if (paramKind === undefined) return;
  const { apiVersion, kind } = paramKind;
  yield* needed(`${path}.apiVersion`, apiVersion);
  const [version = "", group = ""] = (apiVersion ?? "").split("/").toReversed();
  if (!isEmpty(apiVersion)) {
    if (group !== "") yield* broken(`${path}.apiVersion`, group, dns1123Subdomain(group));
    yield* broken(`${path}.apiVersion`, version, dns1035Label(version));
  }
  yield* needed(`${path}.kind`, kind);
  if (!isEmpty(kind)) yield* broken(`${path}.kind`, kind, dns1035Label(kind.toLowerCase()));
}

/** Which of those objects a binding means. */
export function* checkParamRef(path: string, ref: V1ParamRef | undefined): Check {
  if (ref === undefined) return;
  const { name, selector, parameterNotFoundAction: action } = ref;
  if (!isEmpty(name)) {
    yield* broken(`${path}.name`, name, pathSegmentName(name));
    if (selector !== undefined) yield forbiddenField(`${path}.name`, "name and selector are mutually exclusive");
  } else if (selector === undefined) yield required(path, "one of name or selector must be specified");
  yield* checkLabelSelector(`${path}.selector`, selector);
  if (isEmpty(action)) yield required(`${path}.parameterNotFoundAction`);
  else yield* neededOneOf(`${path}.parameterNotFoundAction`, action, ["Allow", "Deny"]);
}

/** The parameters of a binding, in a table. upstream: printValidatingAdmissionPolicyBinding */
export const paramRefText = ({
  spec,
}: KubeObject & { readonly spec?: { readonly paramRef?: V1ParamRef | undefined } | undefined }): string => {
  const ref = spec?.paramRef;
  if (ref === undefined) return "<unset>";
  return isEmpty(ref.namespace) ? (ref.name ?? "") : `${ref.namespace}/${ref.name ?? ""}`;
};
