// Answers "may this user do that?" and "what may I do?". upstream: pkg/registry/authorization, pkg/apis/authorization/validation
import type {
  V1LocalSubjectAccessReview,
  V1NonResourceAttributes,
  V1ResourceAttributes,
  V1SelfSubjectAccessReview,
  V1SelfSubjectRulesReview,
  V1SubjectAccessReview,
  V1SubjectAccessReviewStatus,
  V1SubjectRulesReviewStatus,
} from "#api/generated/types.ts";
import { badRequest, invalid, type FieldError } from "#api/meta/status.ts";
import type { User } from "#lib/api.ts";
import type { Attributes, Authorizer, ResourceAttributes } from "../authorizer.ts";
import { nodeOf } from "./node.ts";
import type { RuleSource } from "./rbac.ts";

/** Resource or path, as a review asks for it. */
type Asked = {
  readonly resourceAttributes?: V1ResourceAttributes | undefined;
  readonly nonResourceAttributes?: V1NonResourceAttributes | undefined;
};

/** SelfSubjectAccessReview. Throws: Invalid. */
export const selfAccess = (authorizer: Authorizer, user: User, review: V1SelfSubjectAccessReview): V1SelfSubjectAccessReview => {
  refuse("SelfSubjectAccessReview", askedErrors(review.spec));
  return { ...review, status: statusOf(authorizer, user, review.spec) };
};

/** SubjectAccessReview. Throws: Invalid. */
export const subjectAccess = (authorizer: Authorizer, review: V1SubjectAccessReview): V1SubjectAccessReview => {
  refuse("SubjectAccessReview", [...askedErrors(review.spec), ...userErrors(review.spec)]);
  return { ...review, status: statusOf(authorizer, userOf(review.spec), review.spec) };
};

/** LocalSubjectAccessReview in `namespace`. Throws: Invalid, BadRequest. */
export const localAccess = (authorizer: Authorizer, namespace: string, review: V1LocalSubjectAccessReview): V1LocalSubjectAccessReview => {
  const { spec } = review;
  const local: FieldError[] = [];
  if (spec.nonResourceAttributes !== undefined) {
    local.push(wrong("spec.nonResourceAttributes", spec.nonResourceAttributes, "disallowed on this kind of request"));
  }
  refuse("LocalSubjectAccessReview", [...askedErrors(spec), ...userErrors(spec), ...local]);
  if (spec.resourceAttributes?.namespace !== namespace) {
    throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${namespace}`);
  }
  return { ...review, status: statusOf(authorizer, userOf(spec), spec) };
};

/** SelfSubjectRulesReview. Throws: BadRequest without a namespace. */
export const selfRules = (rules: RuleSource, user: User, review: V1SelfSubjectRulesReview): V1SelfSubjectRulesReview => {
  const { namespace = "" } = review.spec;
  if (namespace === "") throw badRequest("no namespace on request");
  return { ...review, status: rulesStatus(rules, user, namespace) };
};

const rulesStatus = (source: RuleSource, user: User, namespace: string): V1SubjectRulesReviewStatus => {
  const { rules, errors } = source.rightsOf(user, namespace);
  const isNode = nodeOf(user) !== undefined;
  const problems = [...errors, ...(isNode ? ["node authorizer does not support user rule resolution"] : [])];
  return {
    resourceRules: rules.filter(({ resources }) => resources !== undefined),
    nonResourceRules: rules.flatMap(({ nonResourceURLs, verbs }) => (nonResourceURLs === undefined ? [] : [{ verbs, nonResourceURLs }])),
    incomplete: isNode,
    ...(problems.length === 0 ? {} : { evaluationError: problems.join(", ") }),
  };
};

const statusOf = (authorizer: Authorizer, user: User, asked: Asked): V1SubjectAccessReviewStatus => {
  const { decision, reason } = authorizer.authorize(user, attributesOf(asked));
  return { allowed: decision === "allow", ...(decision === "deny" ? { denied: true } : {}), ...(reason === "" ? {} : { reason }) };
};

const attributesOf = ({ resourceAttributes, nonResourceAttributes }: Asked): Attributes => {
  if (nonResourceAttributes !== undefined) return { verb: nonResourceAttributes.verb ?? "", path: nonResourceAttributes.path ?? "" };
  const { fieldSelector, labelSelector: _, ...named } = resourceAttributes ?? {};
  const selector = fieldSelector?.rawSelector ?? selectorText(fieldSelector);
  return { ...NOTHING, ...named, fieldSelector: selector } as ResourceAttributes;
};

const NOTHING = { verb: "", group: "", version: "", resource: "" };

/** Field requirements as the text that a request would have; only `In` one value is written as `=`. */
const selectorText = (selector: V1ResourceAttributes["fieldSelector"]): string | undefined =>
  selector?.requirements
    ?.flatMap(({ key, operator, values = [] }) => (operator === "In" && values.length === 1 ? [`${key}=${values[0] ?? ""}`] : []))
    .join(",");

const userOf = ({ user = "", uid, groups = [], extra }: V1SubjectAccessReview["spec"]): User => ({
  name: user,
  groups,
  ...(uid === undefined ? {} : { uid }),
  ...(extra === undefined ? {} : { extra }),
});

const wrong = (field: string, value: unknown, why: string): FieldError => ({
  reason: "FieldValueInvalid",
  field,
  message: `Invalid value: ${value === undefined ? "null" : JSON.stringify(value)}: ${why}`,
});

const askedErrors = ({ resourceAttributes, nonResourceAttributes }: Asked): readonly FieldError[] => {
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined) {
    return [wrong("spec.nonResourceAttributes", nonResourceAttributes, "cannot be specified in combination with resourceAttributes")];
  }
  if (resourceAttributes !== undefined || nonResourceAttributes !== undefined) return [];
  return [wrong("spec.resourceAttributes", undefined, "exactly one of nonResourceAttributes or resourceAttributes must be specified")];
};

const userErrors = ({ user = "", groups = [] }: V1SubjectAccessReview["spec"]): readonly FieldError[] =>
  user === "" && groups.length === 0 ? [wrong("spec.user", user, "at least one of user or group must be specified")] : [];

const refuse = (kind: string, errors: readonly FieldError[]): void => {
  if (errors.length > 0) throw invalid({ group: "authorization.k8s.io", kind, name: "" }, errors);
};
