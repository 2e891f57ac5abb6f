import type { V1SelfSubjectAccessReview } from "#api/generated/types.ts";
import type { Kind } from "#api/kind.ts";
import { checkAttributes } from "./validate.ts";

export type SelfSubjectAccessReview = V1SelfSubjectAccessReview;

/** SelfSubjectAccessReviews: may I do that? */
export const selfSubjectAccessReviews: Kind<SelfSubjectAccessReview> = {
  group: "authorization.k8s.io",
  version: "v1",
  resource: "selfsubjectaccessreviews",
  kind: "SelfSubjectAccessReview",
  namespaced: false,
  singular: "selfsubjectaccessreview",
  listKind: "SelfSubjectAccessReviewList",
  shortNames: [],
  categories: [],
  verbs: ["create"],
  model: "V1SelfSubjectAccessReview",
  bucket: "none",
  status: false,
  subresources: {},
  validate: ({ spec }) => [...checkAttributes(spec ?? {})],
  strategy: { generation: false },
};
