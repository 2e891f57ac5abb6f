import type { V1SelfSubjectReview } from "#api/generated/types.ts";
import type { Kind } from "#api/kind.ts";

export type SelfSubjectReview = V1SelfSubjectReview;

/** SelfSubjectReviews: who am I? */
export const selfSubjectReviews: Kind<SelfSubjectReview> = {
  group: "authentication.k8s.io",
  version: "v1",
  resource: "selfsubjectreviews",
  kind: "SelfSubjectReview",
  namespaced: false,
  singular: "selfsubjectreview",
  listKind: "SelfSubjectReviewList",
  shortNames: [],
  categories: [],
  verbs: ["create"],
  model: "V1SelfSubjectReview",
  bucket: "none",
  status: false,
  subresources: {},
  strategy: { generation: false },
};
