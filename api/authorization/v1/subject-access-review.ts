import type { V1SubjectAccessReview } from "#api/generated/types.ts";
import type { Kind } from "#api/kind.ts";
import { checkReview } from "./validate.ts";

export type SubjectAccessReview = V1SubjectAccessReview;

/** SubjectAccessReviews: may this user do that? */
export const subjectAccessReviews: Kind<SubjectAccessReview> = {
  group: "authorization.k8s.io",
  version: "v1",
  resource: "subjectaccessreviews",
  kind: "SubjectAccessReview",
  namespaced: false,
  singular: "subjectaccessreview",
  listKind: "SubjectAccessReviewList",
  shortNames: [],
  categories: [],
  verbs: ["create"],
  model: "V1SubjectAccessReview",
  bucket: "none",
  status: false,
  subresources: {},
  validate: ({ spec }) => [...checkReview(spec ?? {})],
  strategy: { generation: false },
};
