import type { V1SelfSubjectRulesReview } from "#api/generated/types.ts";
import type { Kind } from "#api/kind.ts";

export type SelfSubjectRulesReview = V1SelfSubjectRulesReview;

/** SelfSubjectRulesReviews: what may I do in this namespace? */
export const selfSubjectRulesReviews: Kind<SelfSubjectRulesReview> = {
  group: "authorization.k8s.io",
  version: "v1",
  resource: "selfsubjectrulesreviews",
  kind: "SelfSubjectRulesReview",
  namespaced: false,
  singular: "selfsubjectrulesreview",
  listKind: "SelfSubjectRulesReviewList",
  shortNames: [],
  categories: [],
  verbs: ["create"],
  model: "V1SelfSubjectRulesReview",
  bucket: "none",
  status: false,
  subresources: {},
  strategy: { generation: false },
};
